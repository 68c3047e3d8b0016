namespace ActorBalancer.Api.Configuration;

/// <summary>
/// What the command line sets: <c>--NAME VALUE</c> or <c>--NAME=VALUE</c> for every setting, its name in any case, with
/// dashes or underscores; <c>--hocon FILE</c>; and flags, which the host reads itself. The last of two wins.
/// </summary>
internal sealed class CommandLineArguments
{
    /// <summary>The option that names the HOCON file, without its dashes.</summary>
    public const string HoconOption = "hocon";

    private const string Source = "command line";

    // Options without a value, handled by the host.
    private static readonly string[] Flags = ["demo"];

    private readonly Dictionary<string, SettingText> _values = new(StringComparer.Ordinal);

    private CommandLineArguments()
    {
    }

    /// <summary>The HOCON file that is asked for; null when none is.</summary>
    public SettingText? HoconFile { get; private set; }

    /// <summary>The value given for a setting, which may be empty; null when none is.</summary>
    public SettingText? Find(string name) => _values.GetValueOrDefault(name);

    /// <summary>Reads all arguments; what is wrong with them goes to the report.</summary>
    public static CommandLineArguments Parse(IReadOnlyList<string> arguments, SettingsReport report)
    {
        var result = new CommandLineArguments();
        for (var index = 0; index < arguments.Count; index++)
        {
            var argument = arguments[index];
            if (!argument.StartsWith("--", StringComparison.Ordinal) || argument.Length == 2)
            {
                // What is no option may be a secret that lost its option; it is told by its place.
                var shown = argument.StartsWith('-') ? SettingsReport.Quote(argument.Split('=')[0]) : "text";
                report.Errors.Add($"command line: unexpected {shown} as argument {index + 1}; "
                    + "settings are given as --NAME VALUE or --NAME=VALUE");
                continue;
            }

            var equals = argument.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? argument[2..] : argument[2..equals];
            if (Flags.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                if (equals >= 0) report.Errors.Add($"command line: --{name} takes no value");
                continue;
            }

            // What begins with two dashes is the next option; such a value needs the form with the equals sign.
            var hasNext = index + 1 < arguments.Count
                && !arguments[index + 1].StartsWith("--", StringComparison.Ordinal);
            var value = equals >= 0 ? argument[(equals + 1)..] : hasNext ? arguments[++index] : null;
            result.Take(name, value, report);
        }

        return result;
    }

    private void Take(string name, string? value, SettingsReport report)
    {
        var isHocon = name.Equals(HoconOption, StringComparison.OrdinalIgnoreCase)
            || name.Replace('-', '_').Equals(HoconSettings.FileVariable, StringComparison.OrdinalIgnoreCase);
        var setting = SettingsTable.Find(name);
        if (!isHocon && setting is null)
        {
            IEnumerable<string> known = [.. SettingsTable.All.Select(static each => each.Name), HoconOption, .. Flags];
            var nearest = NearestName.Find(name, known);
            var hint = nearest is null ? "docs/configuration.md lists all" : $"did you mean --{nearest}?";
            report.Errors.Add($"command line: unknown option {SettingsReport.Quote("--" + name)}; {hint}");
            return;
        }

        if (value is null)
        {
            report.Errors.Add($"command line: no value behind --{(isHocon ? HoconOption : setting!.Name)}");
            return;
        }

        var text = new SettingText(value, Source);
        if (isHocon) HoconFile = text;
        else _values[setting!.Name] = text;
    }
}
