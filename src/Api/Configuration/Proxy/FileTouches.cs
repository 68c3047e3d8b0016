namespace ActorBalancer.Api.Configuration.Proxy;

/// <summary>Tells that one of a few files may have changed: the operating system says so for the folders that they are
/// in. It may miss changes; whoever uses it looks by himself now and then. One caller at a time.</summary>
/// <param name="touched">Called on any thread.</param>
/// <param name="logger">Where it tells of a folder that cannot be watched.</param>
internal sealed class FileTouches(Action touched, ILogger logger) : IDisposable
{
    private readonly Dictionary<string, FileSystemWatcher?> _watchers = new(StringComparer.Ordinal);
    private volatile HashSet<string> _files = [];

    /// <summary>Looks at these files from now on.</summary>
    /// <param name="files">Absolute paths.</param>
    public void Watch(IReadOnlyList<string> files)
    {
        _files = [.. files];
        var folders = files.Select(static file => Path.GetDirectoryName(file) ?? file)
            .ToHashSet(StringComparer.Ordinal);
        foreach (var gone in _watchers.Keys.Except(folders).ToArray())
        {
            _watchers[gone]?.Dispose();
            _watchers.Remove(gone);
        }

        foreach (var folder in folders)
        {
            if (!_watchers.ContainsKey(folder))
                _watchers[folder] = Open(folder);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var watcher in _watchers.Values)
            watcher?.Dispose();
        _watchers.Clear();
    }

    private FileSystemWatcher? Open(string folder)
    {
        FileSystemWatcher? watcher = null;
        try
        {
            watcher = new FileSystemWatcher(folder);
            watcher.Changed += OnTouched;
            watcher.Created += OnTouched;
            watcher.Deleted += OnTouched;
            watcher.Renamed += OnTouched;
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (Exception exception) when (exception is ArgumentException or IOException)
        {
            watcher?.Dispose();
            ProxyConfigLog.CannotWatch(logger, folder, exception.Message);
            return null;
        }
    }

    private void OnTouched(object sender, FileSystemEventArgs change)
    {
        if (_files.Contains(change.FullPath))
            touched();
    }
}
