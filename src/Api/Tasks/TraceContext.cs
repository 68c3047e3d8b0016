using System.Buffers;
using Microsoft.Extensions.Primitives;

namespace ActorBalancer.Api.Tasks;

/// <summary>Reads <c>traceparent</c> (W3C Trace Context, section 3.2). Pure.</summary>
internal static class TraceContext
{
    private const int LengthOfVersion00 = 55; // 00-<32>-<16>-<2>
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    /// <summary>The header's value when it is well formed; null when it is not, and then the trace begins anew.
    /// </summary>
    /// <remarks>Of a version that we do not know, only the part is looked at that version 00 has, and what follows it
    /// must be set off by a dash (section 4.3). It is passed on as it came, as by any hop that adds no span.</remarks>
    public static string? TakeParent(StringValues values) =>
        values.Count == 1 && values[0] is { } value && IsWellFormed(value) ? value : null;

    private static bool IsWellFormed(ReadOnlySpan<char> value)
    {
        if (value.Length < LengthOfVersion00 || value[2] != '-' || value[35] != '-' || value[52] != '-')
            return false;
        var version = value[..2];
        if (!IsHexadecimal(version) || version is "ff")
            return false;
        if (value.Length > LengthOfVersion00 && (version is "00" || value[LengthOfVersion00] != '-'))
            return false;
        return IsId(value[3..35]) && IsId(value[36..52]) && IsHexadecimal(value[53..55])
            && !value.ContainsAnyExceptInRange('!', '~');
    }

    private static bool IsId(ReadOnlySpan<char> text) => IsHexadecimal(text) && text.ContainsAnyExcept('0');

    private static bool IsHexadecimal(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(Digits);
}
