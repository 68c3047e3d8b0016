namespace ActorBalancer.Api.Configuration.Kinds;

/// <summary>A text without control characters; blanks around it are dropped.</summary>
/// <param name="name">What it is, such as <c>path</c>.</param>
/// <param name="allowed">What is allowed, in words.</param>
/// <param name="isEmptyAllowed">Whether it may be empty.</param>
/// <param name="isSpaceAllowed">Whether blanks may stand inside.</param>
internal sealed class TextKind(string name, string allowed, bool isEmptyAllowed, bool isSpaceAllowed)
    : SettingKind<string>
{
    public override string Name => name;

    public override string Allowed => allowed;

    public override string? Read(string text, out string value)
    {
        value = text.Trim();
        if (value.Length == 0 && !isEmptyAllowed) return "is empty";
        if (value.Any(char.IsControl)) return "holds a control character";
        return !isSpaceAllowed && value.Any(char.IsWhiteSpace) ? "holds a blank" : null;
    }
}
