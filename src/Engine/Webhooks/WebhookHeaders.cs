using System.Buffers;
using System.Collections.Frozen;

namespace ActorBalancer.Engine.Webhooks;

/// <summary>Which header lines a task's sender may add to the call of its webhook.</summary>
public static class WebhookHeaders
{
    private static readonly SearchValues<char> TokenCharacters = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    // What the call itself sets, what belongs to one connection (RFC 9110, section 7.6.1), and what would change how
    // the body is read.
    private static readonly FrozenSet<string> Reserved = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "connection", "content-encoding", "content-length", "content-type", "expect", "host", "keep-alive",
        "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "user-agent",
        "webhook-id", "webhook-signature", "webhook-timestamp", "x-task-id", "x-task-state");

    /// <summary>True for a name that senders cannot set; compared without case.</summary>
    public static bool IsReserved(string name) => Reserved.Contains(name);

    /// <summary>True for a token (RFC 9110, section 5.6.2).</summary>
    public static bool IsName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.Length > 0 && !name.AsSpan().ContainsAnyExcept(TokenCharacters);
    }

    /// <summary>True for a value without control characters, in the characters of Latin1.</summary>
    public static bool IsValue(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        foreach (var character in value)
        {
            if ((character < ' ' && character != '\t') || character is '\x7f' or > '\xff')
                return false;
        }

        return true;
    }
}
