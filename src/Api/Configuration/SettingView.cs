namespace ActorBalancer.Api.Configuration;

/// <summary>A setting as it was written, for people who look.</summary>
/// <param name="Setting">Which.</param>
/// <param name="Text">Its value and where it stands; of a secret whoever shows it hides the value.</param>
internal sealed record SettingView(Setting Setting, SettingText Text);
