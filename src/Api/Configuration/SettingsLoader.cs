using ActorBalancer.Api.Configuration.Hocon;

namespace ActorBalancer.Api.Configuration;

/// <summary>
/// Reads all settings. Sources, strongest first: command line, environment, <c>.env</c> in the working directory, the
/// HOCON file, the defaults of the embedded <c>reference.conf</c>.
/// </summary>
internal static class SettingsLoader
{
    /// <summary>Loads and checks the settings. Reads files, and nothing else that is not passed in.</summary>
    /// <param name="args">The command line, without the program's name.</param>
    /// <param name="environment">The process environment.</param>
    /// <param name="workingDirectory">Absolute; relative paths start from it.</param>
    /// <returns>The settings, or one error for each wrong one; never both.</returns>
    public static SettingsResult Load(
        string[] args, IReadOnlyDictionary<string, string> environment, string workingDirectory)
    {
        var report = new SettingsReport();
        var arguments = CommandLineArguments.Parse(args, report);
        var sources = new SettingSources(arguments, environment, DotEnvFile.Read(workingDirectory, report));
        var file = arguments.HoconFile ?? sources.FindVariable(HoconSettings.FileVariable);
        var hocon = HoconSettings.Load(file, sources, workingDirectory, report);

        var values = new SettingValues();
        foreach (var setting in SettingsTable.All) setting.Bind(sources.Find(setting, hocon), values, report);
        SecretFiles.Apply(values, workingDirectory, report);
        var addresses = SettingRules.Check(values, report);

        var isRight = report.Errors.Count == 0;
        return new SettingsResult(
            isRight ? BalancerSettings.From(values, addresses!, workingDirectory) : null,
            report.Errors,
            report.Warnings,
            Configure(sources, hocon));
    }

    private static IConfigurationRoot Configure(SettingSources sources, HoconSettings hocon)
    {
        var named = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var setting in SettingsTable.All)
        {
            // A secret is overwritten even where only the HOCON file has it.
            if (setting.IsSecret) named[KeyOf(setting)] = null;
            else if (sources.FindByName(setting.Name) is { } text) named[KeyOf(setting)] = text.Text;
        }

        return new ConfigurationBuilder()
            .Add(new HoconConfigurationProvider(hocon.Tree))
            .AddInMemoryCollection(named)
            .Build();
    }

    private static string KeyOf(Setting setting) =>
        $"{SettingsTable.Root}:{setting.Path.Replace('.', ':')}";
}
