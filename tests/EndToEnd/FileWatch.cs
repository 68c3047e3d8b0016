using System.Diagnostics;

namespace ActorBalancer.EndToEnd;

/// <summary>Waits for what another process writes into a file.</summary>
internal static class FileWatch
{
    /// <summary>Far above anything seen on two busy cores; no test passes because of it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>A commit shows to readers a moment after the last write that a watcher is told of, so a look that came
    /// too early is made again.</summary>
    private static readonly TimeSpan NextLook = TimeSpan.FromMilliseconds(500);

    /// <summary>Looks at once, and again whenever something changes in the file's folder, until it is as
    /// asked.</summary>
    /// <param name="path">The file; its folder must be there.</param>
    /// <param name="isThere">Looks.</param>
    /// <param name="describe">Says what was waited for, and what was there instead.</param>
    /// <exception cref="TimeoutException">It was not so within a minute.</exception>
    public static async Task UntilAsync(string path, Func<Task<bool>> isThere, Func<string> describe)
    {
        // The watcher is armed before the first look, so nothing is missed.
        using var changed = new SemaphoreSlim(0);
        using var watcher = new FileSystemWatcher(Path.GetDirectoryName(path)!);
        watcher.Changed += (_, _) => changed.Release();
        watcher.EnableRaisingEvents = true;
        var started = Stopwatch.GetTimestamp();
        while (!await isThere())
        {
            if (Stopwatch.GetElapsedTime(started) > Patience)
                throw new TimeoutException(describe());
            await changed.WaitAsync(NextLook);
        }
    }

    /// <summary>Waits for a line that contains the text; one that is there already counts.</summary>
    public static Task UntilLineAsync(string path, string text) => UntilAsync(
        path,
        () => Task.FromResult(File.Exists(path)
            && File.ReadLines(path).Any(line => line.Contains(text, StringComparison.Ordinal))),
        () => $"Waited for a line with '{text}' in {path}.");
}
