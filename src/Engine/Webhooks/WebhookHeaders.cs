using System.Buffers;
using System.Collections.Frozen;

namespace ActorBalancer.Engine.Webhooks;

/// <summary>Which header lines a task's sender may add to the call of its webhook.</summary>
public static class WebhookHeaders
{
    private static readonly SearchValues<char> TokenCharacters = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    // Ours: Standard Webhooks' three, and what names the sender and the task. The connection's: RFC 9110, section
    // 7.6.1, and the fields that frame a message or say where it goes.
    private static readonly FrozenSet<string> Reserved = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "webhook-id", "webhook-signature", "webhook-timestamp", "user-agent", "x-task-id", "x-task-state",
        "connection", "expect", "host", "http2-settings", "keep-alive", "proxy-authenticate", "proxy-authorization",
        "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade");

    /// <summary>True for a name that senders cannot set: what the call itself sets, and all that says something of its
    /// body (<c>content-</c>). Compared without case.</summary>
    public static bool IsReserved(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Reserved.Contains(name) || name.StartsWith("content-", StringComparison.OrdinalIgnoreCase);
    }

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
