using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ActorBalancer.Api.Tasks;

/// <summary>A 64-bit print of a short byte string: equal strings have equal prints.</summary>
internal static class NamePrint
{
    /// <summary>Longest string, in bytes, whose print is the string itself: up to here equal prints mean equal
    /// strings.</summary>
    public const int ExactBytesMax = 7;

    // The top byte holds the length, the seven below it the string, or the ends of a longer one.
    private const int LengthShift = 56;
    private const ulong LongMark = 0x80;

    /// <summary>The print of <paramref name="text"/>. Not a hash: who may choose the strings may choose equal
    /// prints of long ones, so callers bound how many they compare.</summary>
    public static ulong Of(ReadOnlySpan<byte> text)
    {
        var length = text.Length;
        if (length is >= 4 and <= ExactBytesMax)
        {
            // The two reads overlap and agree where they do.
            return Read32(text, 0) | (Read32(text, length - 4) << ((length - 4) * 8)) | ((ulong)length << LengthShift);
        }

        if (length > ExactBytesMax)
        {
            return Read32(text, 0) | (Read32(text, length - 4) >> 8 << 32)
                | ((LongMark | ((ulong)length & 0x7f)) << LengthShift);
        }

        ulong print = (ulong)length << LengthShift;
        for (var i = 0; i < length; i++)
            print |= (ulong)text[i] << (i * 8);
        return print;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Read32(ReadOnlySpan<byte> text, int at) => MemoryMarshal.Read<uint>(text[at..]);
}
