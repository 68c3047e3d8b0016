using ActorBalancer.Api.Configuration.Hocon;

namespace ActorBalancer.Api.Configuration;

/// <summary>
/// Where values come from, strongest first: command line, environment, <c>.env</c>, HOCON file, reference.conf. In the
/// environment and in <c>.env</c> an empty value counts as not set: that is how compose files pass on what is missing.
/// </summary>
internal sealed class SettingSources(
    CommandLineArguments arguments, IReadOnlyDictionary<string, string> environment, DotEnvFile dotEnv)
{
    /// <summary>What the named sources say of a name; null when none does.</summary>
    public SettingText? FindByName(string name)
    {
        if (arguments.Find(name) is { } argument) return argument;
        return FindVariable(name);
    }

    /// <summary>A variable of the environment, or of <c>.env</c> when the environment lacks it.</summary>
    public SettingText? FindVariable(string name)
    {
        if (environment.TryGetValue(name, out var variable) && variable.Length > 0)
            return new SettingText(variable, "environment");
        return dotEnv.Find(name) is { Text.Length: > 0 } line ? line : null;
    }

    /// <summary>The value of a setting from its strongest source.</summary>
    public SettingText Find(Setting setting, HoconSettings hocon) =>
        FindByName(setting.Name) ?? hocon.Find(setting);

    /// <summary>The text of a HOCON value and where it stands.</summary>
    public static SettingText Describe(HoconValue value, bool isDefault)
    {
        var source = isDefault ? "default" : $"{value.Origin.File}, line {value.Origin.Line}";
        return value is HoconText text
            ? new SettingText(text.Text, source, isDefault)
            : new SettingText(value.Kind, source, isDefault, IsText: false);
    }
}
