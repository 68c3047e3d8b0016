using System.Globalization;

namespace ActorBalancer.Api.Configuration;

/// <summary>
/// Sizes as settings write them: a plain number counts bytes. The short units, in any case, are powers of 1024, as in
/// Node's <c>bytes</c> package, which reads Andera's REQUEST_BODY_LIMIT: k, kb, ki and kib are all 1024 bytes, m, mb,
/// mi and mib 1024 times that, and so on to p. Only the long words kilobyte, megabyte... are powers of 1000, as HOCON
/// has them; kibibyte, mebibyte... are powers of 1024.
/// Unlike <c>bytes</c>, which reads <c>10k</c> and <c>10 apples</c> as 10 bytes, other units are an error here.
/// </summary>
internal static class ByteSizes
{
    /// <summary>What an error says of the form.</summary>
    public const string Form = "a plain number counts bytes; units: b kb mb gb tb pb, each 1024 of the one before";

    private static readonly Dictionary<string, decimal> BytesPerUnit = Units();

    /// <summary>Reads a size, rounded down to bytes; what is too large becomes the largest. May be negative.</summary>
    /// <returns>False when the text is no size.</returns>
    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        if (!Quantity.TryParse(text, BytesPerUnit, out var size)) return false;
        bytes = (long)Math.Clamp(Math.Floor(size), long.MinValue, long.MaxValue);
        return true;
    }

    /// <summary>The size in the largest unit that leaves a whole number, such as <c>10mb</c>.</summary>
    public static string Format(long bytes)
    {
        string[] units = ["b", "kb", "mb", "gb", "tb", "pb"];
        var unit = 0;
        while (unit < units.Length - 1 && bytes != 0 && bytes % 1024 == 0)
        {
            bytes /= 1024;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{bytes}{units[unit]}");
    }

    private static Dictionary<string, decimal> Units()
    {
        var units = new Dictionary<string, decimal>(StringComparer.OrdinalIgnoreCase)
        {
            [""] = 1,
            ["b"] = 1,
            ["byte"] = 1,
            ["bytes"] = 1,
        };
        (string Letter, string Decimal, string Binary)[] names =
        [
            ("k", "kilo", "kibi"), ("m", "mega", "mebi"), ("g", "giga", "gibi"), ("t", "tera", "tebi"),
            ("p", "peta", "pebi"),
        ];
        decimal thousands = 1;
        decimal binary = 1;
        foreach (var name in names)
        {
            thousands *= 1000;
            binary *= 1024;
            foreach (var ending in (string[])["", "b", "i", "ib"]) units[name.Letter + ending] = binary;
            foreach (var ending in (string[])["byte", "bytes"])
            {
                units[name.Decimal + ending] = thousands;
                units[name.Binary + ending] = binary;
            }
        }

        return units;
    }
}
