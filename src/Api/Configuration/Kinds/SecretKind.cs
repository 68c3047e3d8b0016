using System.Globalization;

namespace ActorBalancer.Api.Configuration.Kinds;

/// <summary>
/// A key that travels in a header: printable ASCII, no blank at either end, which a header would drop. Empty for none.
/// </summary>
internal sealed class SecretKind : SettingKind<string>
{
    // Far below the 32 KiB that all headers of a request may have together.
    private const int LengthMax = 1024;

    public override string Name => "secret";

    public override string Allowed => "printable ASCII, no blank at either end, at most 1024 characters";

    public override string? Read(string text, out string value)
    {
        value = text;
        var wrong = text.AsSpan().IndexOfAnyExceptInRange(' ', '~');
        if (wrong >= 0)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"holds a character that a header cannot carry, at place {wrong + 1}");
        }

        if (text.StartsWith(' ') || text.EndsWith(' ')) return "begins or ends with a blank, which a header would drop";
        return text.Length > LengthMax ? "is too long" : null;
    }
}
