using ActorBalancer.Api.Configuration.Kinds;

namespace ActorBalancer.Api.Configuration.Proxy;

/// <summary>The files that a configuration names: resolves their paths, reads secrets from them, and remembers whatever
/// the configuration is made of, so that it can be watched. One instance reads once, on one thread.</summary>
/// <param name="workingDirectory">What relative paths start from.</param>
internal sealed class ConfigFiles(string workingDirectory)
{
    private readonly List<string> _read = [];
    private readonly bool _isBlind;

    private ConfigFiles()
        : this("/") => _isBlind = true;

    /// <summary>Looks at no file: those that must be there are taken for there, and secrets in them for right.
    /// </summary>
    public static ConfigFiles WithoutFiles() => new();

    /// <summary>Absolute paths of the files that what was read depends on, whether they are there or not.</summary>
    public IReadOnlyList<string> Read => _read;

    /// <summary>The absolute path.</summary>
    public string Full(string path) => Path.GetFullPath(path, workingDirectory);

    /// <summary>Remembers a file.</summary>
    public void Add(string path)
    {
        if (!_read.Contains(path, StringComparer.Ordinal))
            _read.Add(path);
    }

    /// <summary>The absolute path of a file that must be there; reported when it is not.</summary>
    public string Existing(ConfigSection section, string name, string path)
    {
        var full = Full(path);
        if (!_isBlind && !File.Exists(full))
            section.Wrong(name, $"the file {SettingsReport.Quote(full)} does not exist");
        return full;
    }

    /// <summary>A secret that stands under a name, or in the file under the name and <c>-file</c>; null for none.
    /// </summary>
    public string? ReadSecret(ConfigSection section, string name, SettingKind<string> kind)
    {
        var fromFile = ReadFile(section, name);
        if (fromFile is null)
            return section.TryRead(name, kind, out var value, isSecret: true) ? value : null;
        return Check(section, name, kind, fromFile) ? fromFile : null;
    }

    /// <summary>Secrets that stand in a list under a name, or in the lines of a file.</summary>
    public IReadOnlyList<string> ReadSecrets(
        ConfigSection section, string name, SettingKind<string> kind, int countMax)
    {
        if (ReadFile(section, name) is not { } content)
            return section.ReadList(name, kind, countMax, isSecret: true);
        var lines = content.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (lines.Length > countMax)
            section.Wrong($"{name}-file", $"the file holds {lines.Length} secrets; at most {countMax} are allowed");
        return [.. lines.Where(line => Check(section, name, kind, line))];
    }

    private static bool Check(ConfigSection section, string name, SettingKind<string> kind, string secret)
    {
        if (kind.Read(secret, out _) is not { } problem)
            return true;
        section.Wrong($"{name}-file", $"a secret in the file {problem}; allowed: {kind.Allowed}");
        return false;
    }

    private string? ReadFile(ConfigSection section, string name)
    {
        var fileName = $"{name}-file";
        if (!section.TryRead(fileName, ProxyKinds.FilePath, out var file))
            return null;
        if (section.Has(name))
        {
            section.Wrong(fileName, $"and {section.PathOf(name)} are both set; keep one of them");
            return null;
        }

        if (_isBlind)
            return SecretFiles.StandIn;
        var path = Full(file);
        Add(path);
        if (SecretFile.Read(path, out var fault, out var reason) is { } content)
            return content;
        section.Wrong(fileName, fault switch
        {
            SecretFileFault.Empty => "the file is empty",
            SecretFileFault.TooLarge => $"the file has over {SecretFile.BytesMax} bytes",
            _ => $"the file cannot be read: {reason}",
        });
        return null;
    }
}
