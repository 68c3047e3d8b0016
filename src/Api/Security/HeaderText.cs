using System.Buffers;

namespace ActorBalancer.Api.Security;

/// <summary>What may stand in the name or the value of a header line (RFC 9110, sections 5.5 and 5.6.2).</summary>
internal static class HeaderText
{
    private static readonly SearchValues<byte> TokenBytes = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>The control characters, the tab included: none of ours may hold one.</summary>
    public static SearchValues<char> Controls { get; } = SearchValues.Create(
        string.Create(33, 0, static (span, _) =>
        {
            for (var i = 0; i < 32; i++)
                span[i] = (char)i;
            span[32] = '\x7f';
        }));

    /// <summary>True for a header's name.</summary>
    public static bool IsToken(ReadOnlySpan<byte> name) => !name.IsEmpty && !name.ContainsAnyExcept(TokenBytes);
}
