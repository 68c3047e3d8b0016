using System.Globalization;
using System.Numerics;

namespace ActorBalancer.Api.Configuration.Kinds;

/// <summary>A whole number in decimal digits, within a range.</summary>
internal sealed class WholeNumberKind(int min, int max, string? note = null) : SettingKind<int>
{
    public override string Name => "whole number";

    public override string Allowed => $"{min} to {max}";

    public override string? Form => note;

    public override string? Read(string text, out int value)
    {
        value = 0;
        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite
            | NumberStyles.AllowTrailingWhite;
        // A number that is too long for an int is out of range, not something else than a number.
        if (!BigInteger.TryParse(text, Style, CultureInfo.InvariantCulture, out var number))
            return "is not a whole number";
        if (number < min || number > max) return "is out of range";
        value = (int)number;
        return null;
    }
}
