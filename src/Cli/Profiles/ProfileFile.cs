using System.Text.Json;

namespace ActorBalancer.Cli.Profiles;

/// <summary>The file of profiles. It holds keys: it is made so that only its owner can read it.</summary>
internal sealed class ProfileFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <summary>The file that the environment names, else the one in the user's folder.</summary>
    public ProfileFile(Func<string, string?> environment)
    {
        Path = environment("ABM_CONFIG") is { Length: > 0 } path
            ? path
            : System.IO.Path.Combine(Folder(environment), "abm", "profiles.json");
    }

    /// <summary>Where it is, or would be.</summary>
    public string Path { get; }

    /// <summary>A line for its owner when others may read or write it; null when they may not.</summary>
    public string? WarningOfOthers() =>
        !OperatingSystem.IsWindows() && File.Exists(Path) && (File.GetUnixFileMode(Path) & Others) != UnixFileMode.None
            ? $"warning: others can read {Path}; run chmod 600 {Path}"
            : null;

    /// <summary>What it holds; nothing when it does not exist.</summary>
    /// <exception cref="CliException">It cannot be read, or holds something else.</exception>
    public ProfileSet Read()
    {
        try
        {
            if (!File.Exists(Path))
                return new ProfileSet();
            var set = JsonSerializer.Deserialize(File.ReadAllBytes(Path), ProfileJson.Default.ProfileSet);
            if (set?.Profiles is not null && set.Profiles.Values.All(static profile => profile is not null))
                return set;
            throw CliException.Usage($"the profiles of {Path} are not as they should be: null where a profile belongs");
        }
        catch (JsonException fault)
        {
            // The message of the reader may hold what it read; the place is enough.
            throw CliException.Usage(
                $"the profiles of {Path} are not as they should be: line {fault.LineNumber + 1}, {fault.Path ?? "$"}");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage($"cannot read the profiles of {Path}: {fault.Message.TrimEnd('.')}");
        }
    }

    /// <summary>Puts profiles in place of those that are there, whole or not at all.</summary>
    /// <exception cref="CliException">It cannot be written.</exception>
    public void Write(ProfileSet set)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.None,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        var draft = Path + "." + Environment.ProcessId + ".new";
        try
        {
            var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!;
            Directory.CreateDirectory(folder);
            File.Delete(draft);
            using (var stream = new FileStream(draft, options))
                JsonSerializer.Serialize(stream, set, ProfileJson.Default.ProfileSet);
            File.Move(draft, Path, overwrite: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage($"cannot write the profiles to {Path}: {fault.Message.TrimEnd('.')}");
        }
    }

    private static string Folder(Func<string, string?> environment)
    {
        if (environment("XDG_CONFIG_HOME") is { Length: > 0 } folder)
            return folder;
        var home = environment("HOME") is { Length: > 0 } named
            ? named
            : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return System.IO.Path.Combine(home, ".config");
    }
}
