using System.Text;

namespace ActorBalancer.Api.Proxying.Forwarding;

/// <summary>
/// Decodes <c>Content-Length</c> for Kestrel, which takes <c>+1</c> and <c>-0</c> for numbers. RFC 9110, section 8.6
/// allows digits only, so everything else is decoded to what Kestrel refuses with 400.
/// </summary>
internal sealed class DigitsEncoding : Encoding
{
    /// <summary>The digits of the largest 64-bit number.</summary>
    private const int DigitsMax = 19;

    private const char NoDigit = 'x';

    /// <summary>The only one.</summary>
    public static DigitsEncoding Instance { get; } = new();

    public override int GetChars(ReadOnlySpan<byte> bytes, Span<char> chars)
    {
        if (bytes.Length is 0 or > DigitsMax || bytes.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            chars[0] = NoDigit;
            return 1;
        }

        return Latin1.GetChars(bytes, chars);
    }

    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex) =>
        GetChars(bytes.AsSpan(byteIndex, byteCount), chars.AsSpan(charIndex));

    public override int GetCharCount(byte[] bytes, int index, int count) =>
        GetChars(bytes.AsSpan(index, count), stackalloc char[DigitsMax]);

    public override int GetMaxCharCount(int byteCount) => DigitsMax;

    public override int GetByteCount(char[] chars, int index, int count) => count;

    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
        Latin1.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

    public override int GetMaxByteCount(int charCount) => charCount;
}
