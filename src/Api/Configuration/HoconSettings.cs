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

    private HoconSettings(HoconObject reference, HoconObject tree, string? file = null)
    {
        _reference = reference;
        Tree = tree;
        File = file;
    }

    /// <summary>The user's file as it was named; null when there is none or it is wrong.</summary>
    public string? File { get; }

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
            var tree = ReadTree(
                file, new HoconFiles(workingDirectory), name => sources.FindVariable(name)?.Text, workingDirectory);
            UnknownKeys.Report(tree, report);
            return new HoconSettings(reference, tree, file);
        }
        catch (HoconException error)
        {
            report.Errors.Add(error.Message);
            return new HoconSettings(reference, reference);
        }
    }

    /// <summary>Reads a file over the defaults.</summary>
    /// <param name="file">Relative to the working directory, or absolute.</param>
    /// <param name="files">Opens it and what it includes; tells afterwards which files that were.</param>
    /// <param name="findVariable">Gives the variables that a substitution may ask for.</param>
    /// <param name="workingDirectory">What relative paths start from.</param>
    /// <exception cref="HoconException">The file cannot be read, or its text is wrong.</exception>
    public static HoconObject ReadTree(
        string file, HoconFiles files, Func<string, string?> findVariable, string workingDirectory)
    {
        var syntax = ParseReference(workingDirectory);
        syntax.MergeFrom(files.Load(file));
        return HoconResolver.Resolve(syntax, findVariable);
    }

    /// <summary>Reads a text over the defaults.</summary>
    /// <param name="name">What to call it.</param>
    /// <param name="text">The text.</param>
    /// <param name="files">Opens what it includes, or does not.</param>
    /// <param name="findVariable">Gives the variables that a substitution may ask for.</param>
    /// <exception cref="HoconException">The text is wrong.</exception>
    public static HoconObject ReadTree(
        string name, string text, HoconFiles files, Func<string, string?> findVariable)
    {
        var syntax = HoconFiles.WithoutFiles().Parse(ReferenceName, ReadReference());
        syntax.MergeFrom(files.Parse(name, text));
        return HoconResolver.Resolve(syntax, findVariable);
    }

    /// <summary>The defaults alone.</summary>
    public static HoconSettings Defaults() => Of(null);

    /// <summary>A tree that was read over the defaults; null for the defaults alone.</summary>
    public static HoconSettings Of(HoconObject? tree)
    {
        var reference = HoconResolver.Resolve(
            HoconFiles.WithoutFiles().Parse(ReferenceName, ReadReference()), static _ => null);
        return new HoconSettings(reference, tree ?? reference);
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
            return System.IO.File.Exists(Path.Combine(workingDirectory, DefaultFile)) ? DefaultFile : null;

        // A bare name means a file of the directory hocon, unless the working directory has one of that name.
        var inFolder = Path.Combine("hocon", named.Text);
        foreach (var candidate in (string[])[named.Text, inFolder])
        {
            if (System.IO.File.Exists(Path.Combine(workingDirectory, candidate))) return candidate;
        }

        report.Errors.Add($"{FileVariable}: {SettingsReport.Quote(named.Text)} ({named.Source}) does not exist; "
            + $"looked for it in {workingDirectory} and its directory hocon");
        return null;
    }
}
