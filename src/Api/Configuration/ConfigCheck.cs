using System.Text;
using ActorBalancer.Api.Configuration.Hocon;
using ActorBalancer.Api.Configuration.Proxy;
using ActorBalancer.Engine.Workers;

namespace ActorBalancer.Api.Configuration;

/// <summary>
/// Checks the text of a configuration as a start would, without a file: what it includes, secrets that it names by
/// their files and variables of the environment are not looked at, so that nobody learns of them by asking. Pure.
/// </summary>
internal static class ConfigCheck
{
    // Stands for a variable of the environment; no value of ours looks like it.
    private const string Variable = "a-variable-of-the-environment";

    /// <summary>Checks a text.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="name">What to call it.</param>
    /// <param name="content">The text in UTF-8.</param>
    /// <param name="edge">Where the balancer listens, which no pool may.</param>
    public static ConfigVerdict Check(ConfigForm kind, string name, byte[] content, EdgeAddress edge)
    {
        var report = new SettingsReport();
        switch (kind)
        {
            case ConfigForm.Hocon:
                CheckHocon(name, content, edge, report);
                break;
            case ConfigForm.Environment:
                CheckEnvironment(name, content, report);
                break;
            case ConfigForm.Workers:
                if (!WorkersFile.TryParse(content, out _, out var error))
                    report.Errors.Add($"{name}: {error}");
                break;
            default:
                if (SmartStickFile.Read(content, name, report) is { } options)
                    ProxyRules.Check(options.Pools, edge, report);
                break;
        }

        return new ConfigVerdict(report.Errors, report.Warnings);
    }

    private static void CheckHocon(string name, byte[] content, EdgeAddress edge, SettingsReport report)
    {
        if (content.Length > HoconLimits.FileBytesMax)
        {
            report.Errors.Add($"{name}: more than {HoconLimits.FileBytesMax} bytes");
            return;
        }

        if (ReadText(name, content, report) is not { } text)
            return;
        var files = HoconFiles.WithoutFiles();
        HoconObject tree;
        try
        {
            tree = Resolve(name, text, files);
        }
        catch (HoconException fault)
        {
            report.Errors.Add(fault.Message);
            return;
        }

        foreach (var include in files.Skipped.Distinct(StringComparer.Ordinal))
            report.Warnings.Add($"{include} is not read here");
        var found = new SettingsReport();
        UnknownKeys.Report(tree, found);
        CheckSettings(NoSources(DotEnvFile.Empty), HoconSettings.Of(tree), found);
        var proxy = HoconProxy.Read(tree, ConfigFiles.WithoutFiles(), found);
        if (found.Errors.Count == 0)
            ProxyRules.Check(proxy.Pools, edge, found);
        report.Warnings.AddRange(found.Warnings);
        foreach (var error in found.Errors)
        {
            // What a variable holds is known at the start alone.
            if (!error.Contains(Variable, StringComparison.Ordinal))
                report.Errors.Add(error);
            else
                report.Warnings.Add($"{error.Split(':')[0]}: takes a variable of the environment, not checked here");
        }
    }

    // A variable that must be there is taken for set, one that may be there for not set.
    private static HoconObject Resolve(string name, string text, HoconFiles files)
    {
        try
        {
            return HoconSettings.ReadTree(name, text, files, static _ => null);
        }
        catch (HoconException)
        {
            return HoconSettings.ReadTree(name, text, files, static _ => Variable);
        }
    }

    private static void CheckEnvironment(string name, byte[] content, SettingsReport report)
    {
        if (ReadText(name, content, report) is not { } text)
            return;
        var file = DotEnvFile.Parse(name, text, report);
        foreach (var variable in file.Names)
        {
            // Such files hold variables of other programs too: only what looks like one of ours is told of.
            if (SettingsTable.Find(variable)?.Name != variable && variable != HoconSettings.FileVariable
                && NearestName.Find(variable, SettingsTable.All.Select(static setting => setting.Name)) is { } nearest)
            {
                report.Warnings.Add($"{file.Find(variable)!.Source}: {SettingsReport.Quote(variable)} is no setting; "
                    + $"did you mean {nearest}?");
            }
        }

        CheckSettings(NoSources(file), HoconSettings.Defaults(), report);
    }

    private static void CheckSettings(SettingSources sources, HoconSettings hocon, SettingsReport report)
    {
        var values = new SettingValues();
        foreach (var setting in SettingsTable.All)
            setting.Bind(sources.Find(setting, hocon), values, report);
        SecretFiles.Pretend(values, report);
        SettingRules.Check(values, workingDirectory: null, report);
    }

    private static SettingSources NoSources(DotEnvFile file) => new(
        CommandLineArguments.Parse([], new SettingsReport()), new Dictionary<string, string>(), file);

    private static string? ReadText(string name, byte[] content, SettingsReport report)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(content).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException)
        {
            report.Errors.Add($"{name}: expected UTF-8 text, found other bytes");
            return null;
        }
    }
}
