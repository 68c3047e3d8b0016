namespace ActorBalancer.Api.Configuration;

/// <summary>What loading the settings gave.</summary>
/// <param name="Settings">The settings; null when there is any error.</param>
/// <param name="Errors">One line for each wrong setting; for stderr, before the process ends with code 1.</param>
/// <param name="Warnings">One line each; for the log.</param>
/// <param name="Configuration">
/// All values as they were written, under their HOCON paths (<c>actorbalancer:tasks:attempts</c>), and whatever else
/// the HOCON file holds. Secrets are left out.
/// </param>
internal sealed record SettingsResult(
    BalancerSettings? Settings,
    IReadOnlyList<string> Errors,
    IReadOnlyList<string> Warnings,
    IConfiguration Configuration)
{
    /// <summary>All settings as they were written, in order, for people who look; without those that are wrong.
    /// </summary>
    public IReadOnlyList<SettingView> Views { get; init; } = [];
}
