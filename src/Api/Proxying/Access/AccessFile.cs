namespace ActorBalancer.Api.Proxying.Access;

/// <summary>
/// Adds lines to a file. It is opened again by its name once a second while there is something to write, so that a
/// file that was moved or removed (logrotate) is left within that second; and each write goes to the end as it is then,
/// so that one that was cut to nothing (copytruncate) begins anew. Several of one process may share a file.
/// </summary>
internal sealed class AccessFile : IAccessOutput
{
    /// <summary>Source: ours; opening a file costs some microseconds.</summary>
    public static readonly TimeSpan ReopenTime = TimeSpan.FromSeconds(1);

    /// <summary>Between looking for the end of a file and writing there; of all files, since two names may mean one.
    /// </summary>
    private static readonly Lock Writing = new();

    private readonly string _path;
    private readonly TimeProvider _time;
    private FileStream? _file;
    private long _openedAt;

    /// <summary>Opens the file, or makes it: its owner may write, its group may read.</summary>
    /// <param name="path">Its folder exists.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="IOException">It can't be opened.</exception>
    public AccessFile(string path, TimeProvider time)
    {
        _path = path;
        _time = time;
        try
        {
            Open();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"Access log '{path}' can't be opened for writing: {exception.Message} Its folder must exist and the " +
                "server must be allowed to write there.",
                exception);
        }
    }

    public bool TryWrite(ReadOnlySpan<byte> lines)
    {
        try
        {
            if (_file is null || _time.GetElapsedTime(_openedAt) >= ReopenTime)
                Open();
            var handle = _file!.SafeFileHandle;
            lock (Writing)
                RandomAccess.Write(handle, lines, RandomAccess.GetLength(handle));
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A full disk, or a folder that is gone: perhaps it is back for the next lines.
            Dispose();
            return false;
        }
    }

    public void Dispose()
    {
        _file?.Dispose();
        _file = null;
    }

    private void Open()
    {
        Dispose();
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
        _file = new FileStream(_path, options);
        _openedAt = _time.GetTimestamp();
    }
}
