using System.Diagnostics;

namespace ActorBalancer.Api.Configuration;

/// <summary>Makes a small file once, however many processes try: moving a file in place is no check, since between the
/// look and the move another one may do the same.</summary>
internal static class NewFile
{
    /// <summary>How long another process may take. Source: ours; a slow disk's forced write is far below.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Makes the file with all of its content, for its owner alone, unless it is there.</summary>
    /// <returns>False when it is there.</returns>
    /// <exception cref="IOException">It cannot be made, or another process does not come to an end with it.</exception>
    public static bool TryCreate(string path, ReadOnlySpan<byte> content)
    {
        var lockPath = path + ".lock";
        using var turn = WaitForTurn(lockPath);
        try
        {
            if (File.Exists(path))
                return false;

            // Written elsewhere and moved, so that nobody ever reads half of it; what a crash left is written over.
            var temporary = path + ".new";
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using (var stream = new FileStream(temporary, options))
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path);
            return true;
        }
        finally
        {
            // Whoever still gets the deleted file of the lock finds the one that it stood for. Windows deletes no open
            // file: there it stays.
            if (!OperatingSystem.IsWindows())
                File.Delete(lockPath);
        }
    }

    private static FileStream WaitForTurn(string lockPath)
    {
        var began = Stopwatch.GetTimestamp();
        var spin = default(SpinWait);
        while (true)
        {
            try
            {
                return new FileStream(lockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException exception) when (
                exception is not (DirectoryNotFoundException or PathTooLongException)
                && Stopwatch.GetElapsedTime(began) < Patience)
            {
                spin.SpinOnce();
            }
        }
    }
}
