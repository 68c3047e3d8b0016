using System.Globalization;

namespace ActorBalancer.Api.Configuration.Kinds;

/// <summary>A name of ASCII letters, digits and a few signs.</summary>
/// <param name="name">What it is.</param>
/// <param name="signs">The signs.</param>
/// <param name="lengthMax">Most characters.</param>
/// <param name="isEmptyAllowed">Whether it may be empty.</param>
internal sealed class NameKind(string name, string signs, int lengthMax, bool isEmptyAllowed) : SettingKind<string>
{
    public override string Name => name;

    public override string Allowed => string.Create(
        CultureInfo.InvariantCulture,
        $"1 to {lengthMax} letters, digits and {string.Join(' ', signs.AsEnumerable())}")
            + (isEmptyAllowed ? ", or empty" : "");

    public override string? Read(string text, out string value)
    {
        value = text.Trim();
        if (value.Length == 0) return isEmptyAllowed ? null : "is empty";
        if (value.Length > lengthMax) return "is too long";
        return value.All(unit => char.IsAsciiLetterOrDigit(unit) || signs.Contains(unit, StringComparison.Ordinal))
            ? null
            : "holds another sign";
    }
}
