using System.Globalization;

namespace ActorBalancer.Api.Configuration;

/// <summary>A number with a unit behind it.</summary>
internal static class Quantity
{
    /// <summary>Reads <c>number [blank] [unit]</c>.</summary>
    /// <param name="text">Blanks around it are ignored.</param>
    /// <param name="units">What one of each unit is worth; the empty one stands for a plain number.</param>
    /// <param name="amount">The worth of the whole; the largest decimal of its sign where it would be more.</param>
    /// <returns>False when the text has another form or an unknown unit.</returns>
    public static bool TryParse(string text, Dictionary<string, decimal> units, out decimal amount)
    {
        amount = 0;
        var trimmed = text.AsSpan().Trim();
        var length = 0;
        while (length < trimmed.Length && (char.IsAsciiDigit(trimmed[length]) || trimmed[length] is '.' or '-' or '+'))
            length++;
        const NumberStyles Style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign;
        if (!decimal.TryParse(trimmed[..length], Style, CultureInfo.InvariantCulture, out var number)) return false;
        if (!units.TryGetValue(trimmed[length..].TrimStart().ToString(), out var worth)) return false;
        var fits = Math.Abs(number) <= decimal.MaxValue / Math.Max(worth, 1);
        amount = fits ? number * worth : decimal.MaxValue * Math.Sign(number);
        return true;
    }
}
