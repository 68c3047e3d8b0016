using ActorBalancer.Api.Configuration.Hocon;
using ActorBalancer.Api.Configuration.Proxy;

namespace ActorBalancer.Api.Configuration;

/// <summary>Finds keys of a HOCON file that set nothing, and guesses what they were meant to be.</summary>
internal static class UnknownKeys
{
    private static readonly string[] ProxyGroups = [.. HoconProxy.Keys.Select(static key => $"proxy.{key}")];

    /// <summary>Warns of each unknown key; a value in the place of a whole section is an error.</summary>
    public static void Report(HoconObject tree, SettingsReport report)
    {
        foreach (var (key, value) in tree.Fields)
        {
            if (key == SettingsTable.Root) Walk(value, "", report);
            else if (NearestName.Find(key, [SettingsTable.Root]) is not null)
                Warn(key, value, SettingsTable.Root, report);
        }
    }

    private static void Walk(HoconValue value, string path, SettingsReport report)
    {
        if (value is HoconNull) return;
        if (value is not HoconObject section)
        {
            var found = SettingSources.Describe(value, isDefault: false);
            var shown = found.IsText ? SettingsReport.Quote(found.Text) : found.Text;
            report.Errors.Add($"{Full(path)}: {shown} ({found.Source}) stands where a group of settings belongs");
            return;
        }

        foreach (var (key, item) in section.Fields)
        {
            var inner = path.Length == 0 ? key : $"{path}.{key}";
            // What the proxy is made of is no single setting; its own reader looks at it.
            if (SettingsTable.All.Any(setting => setting.Path == inner) || ProxyGroups.Contains(inner)) continue;
            if (SettingsTable.All.Any(setting => setting.Path.StartsWith(inner + '.', StringComparison.Ordinal)))
                Walk(item, inner, report);
            else
                Warn(Full(inner), item, Guess(inner, key) is { } guess ? Full(guess) : null, report);
        }
    }

    // The name that the setting has in the environment, or a path that is nearly the same, or the same last key
    // in another group.
    private static string? Guess(string path, string key) =>
        SettingsTable.Find(key)?.Path
        ?? NearestName.Find(path, SettingsTable.All.Select(static setting => setting.Path).Concat(Groups()))
        ?? SettingsTable.All
            .FirstOrDefault(setting => setting.Path.EndsWith('.' + key, StringComparison.Ordinal))?.Path;

    private static IEnumerable<string> Groups() =>
        SettingsTable.All.Select(static setting => setting.Path.Split('.')[0]).Distinct().Concat(ProxyGroups);

    private static void Warn(string path, HoconValue value, string? guess, SettingsReport report)
    {
        var hint = guess is null ? "docs/configuration.md lists all" : $"did you mean '{guess}'?";
        report.Warnings.Add($"{value.Origin.File}, line {value.Origin.Line}: unknown setting "
            + $"{SettingsReport.Quote(path)} is ignored; {hint}");
    }

    private static string Full(string path) =>
        path.Length == 0 ? SettingsTable.Root : $"{SettingsTable.Root}.{path}";
}
