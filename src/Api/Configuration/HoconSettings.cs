using ActorBalancer.Api.Configuration.Hocon;

namespace ActorBalancer.Api.Configuration;

/// <summary>The user's HOCON file over the embedded <c>reference.conf</c>. Immutable once loaded.</summary>
internal sealed class HoconSettings
{
    /// <summary>The variable that names the file.</summary>
    public const string FileVariable = "HOCON_FILE";

    /// <summary>The file that is read when none is named, if it exists.</summary>
    public const string DefaultFile = "hocon/standalone.conf";

    /// <summary>What the embedded file is called in origins.</summary>
    public const string ReferenceName = "reference.conf";

    private readonly HoconObject _reference;

    private HoconSettings(HoconObject reference, HoconObject tree)
    {
        _reference = reference;
        Tree = tree;
    }

    /// <summary>Everything, the user's values over the defaults; only the defaults when the file is wrong.</summary>
    public HoconObject Tree { get; }

    /// <summary>Loads both; a wrong file and unknown keys go to the report.</summary>
    /// <param name="named">The file that the user named; null for none.</param>
    /// <param name="sources">Gives the variables that a substitution may ask for.</param>
    /// <param name="workingDirectory">What relative paths start from.</param>
    /// <param name="report">Takes what is wrong.</param>
    public static HoconSettings Load(
        SettingText? named, SettingSources sources, string workingDirectory, SettingsReport report)
    {
        var reference = HoconResolver.Resolve(ParseReference(workingDirectory), static _ => null);
        if (FindFile(named, workingDirectory, report) is not { } file) return new HoconSettings(reference, reference);
        try
        {
            var syntax = ParseReference(workingDirectory);
            syntax.MergeFrom(new HoconFiles(workingDirectory).Load(file));
            var tree = HoconResolver.Resolve(syntax, name => sources.FindVariable(name)?.Text);
            UnknownKeys.Report(tree, report);
            return new HoconSettings(reference, tree);
        }
        catch (HoconException error)
        {
            report.Errors.Add(error.Message);
            return new HoconSettings(reference, reference);
        }
    }

    /// <summary>The value of a setting; null in the file counts as not set there.</summary>
    public SettingText Find(Setting setting)
    {
        string[] path = [SettingsTable.Root, .. setting.Path.Split('.')];
        var value = Tree.Find(path);
        if (value is null or HoconNull) value = _reference.Find(path)!;
        return SettingSources.Describe(value, value.Origin.File == ReferenceName);
    }

    /// <summary>The text of the embedded reference.conf.</summary>
    public static string ReadReference()
    {
        var assembly = typeof(HoconSettings).Assembly;
        using var stream = assembly.GetManifestResourceStream(ReferenceName)
            ?? throw new InvalidOperationException($"The assembly lacks its resource {ReferenceName}.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static ObjectSyntax ParseReference(string workingDirectory) =>
        new HoconFiles(workingDirectory).Parse(ReferenceName, ReadReference());

    private static string? FindFile(SettingText? named, string workingDirectory, SettingsReport report)
    {
        if (named is null)
            return File.Exists(Path.Combine(workingDirectory, DefaultFile)) ? DefaultFile : null;

        // A bare name means a file of the directory hocon, unless the working directory has one of that name.
        var inFolder = Path.Combine("hocon", named.Text);
        foreach (var candidate in (string[])[named.Text, inFolder])
        {
            if (File.Exists(Path.Combine(workingDirectory, candidate))) return candidate;
        }

        report.Errors.Add($"{FileVariable}: {SettingsReport.Quote(named.Text)} ({named.Source}) does not exist; "
            + $"looked for it in {workingDirectory} and its directory hocon");
        return null;
    }
}
