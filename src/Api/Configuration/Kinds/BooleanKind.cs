namespace ActorBalancer.Api.Configuration.Kinds;

/// <summary>Yes or no, written as Andera's settings do.</summary>
internal sealed class BooleanKind : SettingKind<bool>
{
    public override string Name => "boolean";

    public override string Allowed => "true, false, 1, 0";

    public override string? Read(string text, out bool value)
    {
        var word = text.Trim();
        value = word == "1" || word.Equals("true", StringComparison.OrdinalIgnoreCase);
        return value || word == "0" || word.Equals("false", StringComparison.OrdinalIgnoreCase)
            ? null
            : "is not a boolean";
    }
}
