namespace ActorBalancer.Api.Tasks;

/// <summary>Dates and times of RFC 3339, in UTF-8. Pure.</summary>
internal static class Timestamp
{
    /// <summary>Bytes that <see cref="Format"/> writes.</summary>
    public const int Length = 24;

    private const long MillisecondsMax = 253_402_300_799_999; // 9999-12-31T23:59:59.999Z

    /// <summary>Reads a date and time with offset, strictly by the grammar of RFC 3339, section 5.6. A leap second
    /// (60) is not taken: no clock of ours has one.</summary>
    /// <param name="text">The whole text.</param>
    /// <param name="unixMilliseconds">Rounded up to the millisecond, so that nothing happens too early; at least
    /// 1.</param>
    public static bool TryParse(ReadOnlySpan<byte> text, out long unixMilliseconds)
    {
        unixMilliseconds = 0;
        if (text.Length < 20 || text[4] != '-' || text[7] != '-' || (text[10] | 0x20) != 't' || text[13] != ':'
            || text[16] != ':')
        {
            return false;
        }

        var (year, month, day) = (Digits(text[..4]), Digits(text[5..7]), Digits(text[8..10]));
        var (hour, minute, second) = (Digits(text[11..13]), Digits(text[14..16]), Digits(text[17..19]));
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)
            || hour is < 0 or > 23 || minute is < 0 or > 59 || second is < 0 or > 59)
        {
            return false;
        }

        var rest = text[19..];
        if (!TryTakeFraction(ref rest, out var fraction) || !TryParseOffset(rest, out var offsetMinutes))
            return false;
        var local = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc);
        var milliseconds = ((local - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMillisecond) + fraction
            - (offsetMinutes * 60_000L);
        unixMilliseconds = Math.Clamp(milliseconds, 1, MillisecondsMax);
        return true;
    }

    /// <summary>Writes a moment as <c>2030-01-02T03:04:05.678Z</c>.</summary>
    /// <param name="unixMilliseconds">The moment; one after the year 9999 becomes its end.</param>
    /// <param name="utf8">Where to; <see cref="Length"/> bytes.</param>
    public static void Format(long unixMilliseconds, Span<byte> utf8) =>
        DateTime.UnixEpoch.AddTicks(Math.Clamp(unixMilliseconds, 0, MillisecondsMax) * TimeSpan.TicksPerMillisecond)
            .TryFormat(utf8, out _, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'");

    private static bool TryTakeFraction(ref ReadOnlySpan<byte> rest, out int milliseconds)
    {
        milliseconds = 0;
        if (rest[0] != '.')
            return true;
        rest = rest[1..];
        var length = rest.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (length <= 0)
            return false;
        for (var i = 0; i < 3; i++)
            milliseconds = (milliseconds * 10) + (i < length ? rest[i] - '0' : 0);
        if (length > 3 && rest[3..length].ContainsAnyExcept((byte)'0'))
            milliseconds++;
        rest = rest[length..];
        return true;
    }

    private static bool TryParseOffset(ReadOnlySpan<byte> text, out int minutes)
    {
        minutes = 0;
        if (text.Length == 1)
            return (text[0] | 0x20) == 'z';
        if (text.Length != 6 || text[0] is not ((byte)'+' or (byte)'-') || text[3] != ':')
            return false;
        var (hour, minute) = (Digits(text[1..3]), Digits(text[4..6]));
        minutes = ((hour * 60) + minute) * (text[0] == '-' ? -1 : 1);
        return hour is >= 0 and <= 23 && minute is >= 0 and <= 59;
    }

    // -1 when one is none.
    private static int Digits(ReadOnlySpan<byte> text)
    {
        var value = 0;
        foreach (var digit in text)
        {
            if (!char.IsAsciiDigit((char)digit))
                return -1;
            value = (value * 10) + digit - '0';
        }

        return value;
    }
}
