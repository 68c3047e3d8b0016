using System.Globalization;
using System.Text;

namespace ActorBalancer.Engine.Workers.Contracts;

/// <summary>One spelling for each JSON number: 1, 1.0, 10e-1 and 0.1E+1 all become <c>1</c>.</summary>
internal static class CanonicalNumber
{
    /// <summary>Longest number written without an exponent. Source: how JavaScript prints numbers.</summary>
    private const int PlainDigitsMax = 21;

    private const int PlainZerosMax = 6;

    /// <summary>Largest power of ten that is worked with; leaves room for the count of digits beside it.</summary>
    private const long ExponentMax = long.MaxValue / 4;

    /// <summary>
    /// Appends the number. Exact, with any count of digits: no rounding to a double. A number whose exponent does
    /// not fit 62 bits is appended as it is spelled.
    /// </summary>
    /// <param name="text">Where to.</param>
    /// <param name="number">A valid JSON number.</param>
    public static void Append(StringBuilder text, ReadOnlySpan<char> number)
    {
        ReadOnlySpan<char> rest = number.TrimStart('-');
        bool negative = rest.Length < number.Length;
        long exponent = 0;
        int mark = rest.IndexOfAny('e', 'E');
        if (mark >= 0)
        {
            ReadOnlySpan<char> power = rest[(mark + 1)..];
            if (!long.TryParse(power, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent)
                || Math.Abs((double)exponent) > ExponentMax)
            {
                text.Append(number);
                return;
            }

            rest = rest[..mark];
        }

        int point = rest.IndexOf('.');
        ReadOnlySpan<char> whole = point < 0 ? rest : rest[..point];
        ReadOnlySpan<char> fraction = point < 0 ? [] : rest[(point + 1)..];
        string joined = string.Concat(whole, fraction);
        string digits = joined.TrimStart('0');

        // The number is 0.DIGITS * 10^scale, DIGITS without zeros at either end.
        long scale = exponent + whole.Length - (joined.Length - digits.Length);
        digits = digits.TrimEnd('0');
        if (digits.Length == 0)
        {
            text.Append('0');
            return;
        }

        if (negative)
            text.Append('-');
        AppendScaled(text, digits, scale);
    }

    private static void AppendScaled(StringBuilder text, string digits, long scale)
    {
        if (scale is > 0 and <= PlainDigitsMax && digits.Length <= PlainDigitsMax)
        {
            int whole = (int)scale;
            if (digits.Length <= whole)
                text.Append(digits).Append('0', whole - digits.Length);
            else
                text.Append(digits.AsSpan(0, whole)).Append('.').Append(digits.AsSpan(whole));
        }
        else if (scale is <= 0 and > -PlainZerosMax)
        {
            text.Append("0.").Append('0', (int)-scale).Append(digits);
        }
        else
        {
            text.Append(digits[0]);
            if (digits.Length > 1)
                text.Append('.').Append(digits.AsSpan(1));
            text.Append('e').Append(scale - 1);
        }
    }
}
