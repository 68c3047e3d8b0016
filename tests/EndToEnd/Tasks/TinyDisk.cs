using System.Diagnostics;
using ActorBalancer.Testing.Workers;
using Xunit;

namespace ActorBalancer.EndToEnd.Tasks;

/// <summary>A file system in memory that is as small as a test wants it. Needs the right to mount.</summary>
internal sealed class TinyDisk : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Mounts it; the test is skipped where that is not allowed.</summary>
    public TinyDisk(int megabytes)
    {
        var error = Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", Path);
        if (error is null)
            return;
        _folder.Dispose();
        Assert.Skip($"A small disk cannot be mounted here: {error}");
    }

    /// <summary>Where it is mounted.</summary>
    public string Path => _folder.Path;

    /// <summary>Gives it another size; what is on it stays.</summary>
    public void Resize(int megabytes)
    {
        if (Run("mount", "-o", $"remount,size={megabytes}m", Path) is { } error)
            throw new InvalidOperationException(error);
    }

    public void Dispose()
    {
        if (Run("umount", Path) is { } error)
            throw new InvalidOperationException(error);
        _folder.Dispose();
    }

    // Null when it went well; otherwise what the program said.
    private static string? Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? null : $"{program}: {error.Trim()}";
    }
}
