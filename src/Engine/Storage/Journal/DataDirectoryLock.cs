using System.Globalization;
using System.Text;

namespace ActorBalancer.Engine.Storage.Journal;

/// <summary>
/// Keeps other processes out of a data directory. The operating system holds the lock (flock on Unix) and lets it go
/// when the process ends in whatever way, so a file left by a killed process means nothing.
/// </summary>
internal sealed class DataDirectoryLock : IDisposable
{
    private readonly FileStream _file;

    private DataDirectoryLock(FileStream file) => _file = file;

    /// <summary>Takes the lock and writes the process id into the file, for a person who looks.</summary>
    /// <exception cref="TaskStoreException">Another process holds it, or the file cannot be written.</exception>
    public static DataDirectoryLock Take(string directory)
    {
        var path = Path.Combine(directory, "actorbalancer.lock");
        try
        {
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            file.SetLength(0);
            file.Write(Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n"));
            file.Flush();
            return new DataDirectoryLock(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new TaskStoreException(
                $"The data directory '{directory}' cannot be locked: {exception.Message} One process at a time may "
                + $"use it; the id of the one that does stands in '{path}'.", exception);
        }
    }

    /// <summary>Lets the directory go. The file stays: deleting it could take it from under the next owner.</summary>
    public void Dispose() => _file.Dispose();
}
