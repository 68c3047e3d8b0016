namespace ActorBalancer.Api.Configuration;

/// <summary>A setting's value as some source gives it.</summary>
/// <param name="Text">As written; for a list or an object the words <c>a list</c> or <c>an object</c>.</param>
/// <param name="Source">Where it stands, such as <c>environment</c> or <c>.env, line 3</c>.</param>
/// <param name="IsDefault">Whether it is only the default.</param>
/// <param name="IsText">False for a HOCON list or object.</param>
internal sealed record SettingText(string Text, string Source, bool IsDefault = false, bool IsText = true)
{
    /// <summary>Says nothing of the value, which may be a secret.</summary>
    public override string ToString() => Source;
}
