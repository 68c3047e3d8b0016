using ActorBalancer.Api.Configuration.Kinds;

namespace ActorBalancer.Api.Configuration;

/// <summary>One line of the table of settings: all that is to be known of it stands here and only here.</summary>
/// <param name="Name">The name in the environment, in <c>.env</c> and, behind two dashes, on the command line.</param>
/// <param name="Path">The HOCON path below the root <c>actorbalancer</c>, such as <c>tasks.attempts</c>.</param>
/// <param name="Default">As it would be written; a text for an empty one.</param>
/// <param name="Doc">What it does, in one line, with a full stop.</param>
internal abstract record Setting(string Name, string Path, string Default, string Doc)
{
    /// <summary>Whether its value must never be shown.</summary>
    public bool IsSecret { get; init; }

    /// <summary>What it is called in the table, such as <c>duration</c>.</summary>
    public abstract string KindName { get; }

    /// <summary>What is allowed, in words.</summary>
    public abstract string Allowed { get; }

    /// <summary>Reads a value into <paramref name="values"/>, or reports what is wrong with it.</summary>
    public abstract void Bind(SettingText text, SettingValues values, SettingsReport report);
}

/// <inheritdoc cref="Setting"/>
/// <typeparam name="T">The type of the value.</typeparam>
internal sealed record Setting<T>(string Name, string Path, SettingKind<T> Kind, string Default, string Doc)
    : Setting(Name, Path, Default, Doc)
{
    public override string KindName => Kind.Name;

    public override string Allowed => Kind.Allowed;

    public override void Bind(SettingText text, SettingValues values, SettingsReport report)
    {
        var problem = text.IsText ? Kind.Read(text.Text, out var value) : Misfit(out value);
        if (problem is null) values.Set(this, value, text);
        else report.Wrong(this, text, problem, Kind.Form is { } form ? $"{Allowed}; {form}" : Allowed);
    }

    private static string Misfit(out T value)
    {
        value = default!;
        return "is not a single value";
    }
}
