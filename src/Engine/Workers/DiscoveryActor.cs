using ActorBalancer.Actors;
using ActorBalancer.Engine.Telemetry;

namespace ActorBalancer.Engine.Workers;

/// <summary>What the discovery actor understands.</summary>
internal abstract record DiscoveryMessage;

/// <summary>Time to look at the file.</summary>
internal sealed record ReadFile : DiscoveryMessage;

/// <summary>The operating system told of a change; a moment later the writer will have finished.</summary>
internal sealed record FileTouched : DiscoveryMessage;

/// <summary>The file was read; null content when it could not be.</summary>
internal sealed record FileContent(byte[]? Content, string? Fault, bool IsMissing = false) : DiscoveryMessage;

/// <summary>
/// Reads the workers file at the start, when it changes and at every interval, and tells the supervisor of the workers
/// what it names. A file that is missing or wrong changes nothing: the last good list stays.
/// </summary>
internal sealed class DiscoveryActor(EngineContext engine, ActorRef<WorkersMessage> workers) : Actor<DiscoveryMessage>
{
    private const string IntervalTimer = "interval";
    private const string TouchTimer = "touch";

    /// <summary>Largest file. Source: ours; ten thousand long URLs fit.</summary>
    private const int FileBytesMax = 16 * 1024 * 1024;

    /// <summary>Rest after a change before the file is read, so that most half-written files are never seen.</summary>
    private static readonly TimeSpan TouchRest = TimeSpan.FromMilliseconds(50);

    private readonly string _path = Path.GetFullPath(engine.Options.WorkersFile);
    private FileSystemWatcher? _watcher;
    private byte[]? _last;
    private string? _lastFault;
    private bool _reading;

    protected override ValueTask PreStartAsync()
    {
        Watch();
        Context.Timers.StartPeriodic(IntervalTimer, new ReadFile(), engine.Options.DiscoveryInterval);
        Read();
        return ValueTask.CompletedTask;
    }

    protected override ValueTask OnReceiveAsync(DiscoveryMessage message)
    {
        switch (message)
        {
            case ReadFile:
                Read();
                break;
            case FileTouched:
                Context.Timers.StartSingle(TouchTimer, new ReadFile(), TouchRest);
                break;
            case FileContent content:
                _reading = false;
                Take(content);
                break;
        }

        return ValueTask.CompletedTask;
    }

    protected override ValueTask PostStopAsync()
    {
        _watcher?.Dispose();
        return ValueTask.CompletedTask;
    }

    // The interval finds every change too: a folder that cannot be watched costs only time.
    private void Watch()
    {
        var self = Context.Self;
        try
        {
            _watcher = new FileSystemWatcher(Path.GetDirectoryName(_path)!, Path.GetFileName(_path));
            _watcher.Changed += (_, _) => self.Tell(new FileTouched());
            _watcher.Created += (_, _) => self.Tell(new FileTouched());
            _watcher.Renamed += (_, _) => self.Tell(new FileTouched());
            _watcher.EnableRaisingEvents = true;
        }
        catch (Exception exception) when (exception is ArgumentException or IOException)
        {
            _watcher?.Dispose();
            _watcher = null;
            WorkerLog.CannotWatch(engine.Logger, _path, exception.Message);
        }
    }

    private void Read()
    {
        if (_reading)
            return;
        _reading = true;
        Context.PipeToSelf(
            ReadAsync(_path),
            static content => new FileContent(content, null),
            static exception => new FileContent(
                null, exception.Message, exception is FileNotFoundException or DirectoryNotFoundException));
    }

    private static async Task<byte[]> ReadAsync(string path)
    {
        var size = new FileInfo(path).Length;
        if (size > FileBytesMax)
            throw new IOException($"{size} bytes, at most {FileBytesMax} are allowed");
        return await File.ReadAllBytesAsync(path);
    }

    private void Take(FileContent read)
    {
        if (read.Content is not { } content)
        {
            Reject(read.Fault!, isNone: read.IsMissing && _last is null);
            return;
        }

        if (_lastFault is null && _last is not null && content.AsSpan().SequenceEqual(_last))
            return;
        if (!WorkersFile.TryParse(content, out var entries, out var error))
        {
            Reject(error!);
            return;
        }

        _last = content;
        _lastFault = null;
        WorkerLog.FileRead(engine.Logger, _path, entries.Count);
        Context.System.EventStream.Publish(new ConfigurationRead(ConfigurationRead.Workers, IsGood: true));
        engine.Fleet.TakeKeys(entries);
        workers.Tell(new FleetConfigured(entries));
    }

    // The same fault is told once, not at every interval.
    private void Reject(string fault, bool isNone = false)
    {
        if (string.Equals(fault, _lastFault, StringComparison.Ordinal))
            return;
        _lastFault = fault;
        if (isNone)
        {
            WorkerLog.FileMissing(engine.Logger, _path);
            return;
        }

        WorkerLog.FileRejected(engine.Logger, _path, fault);
        Context.System.EventStream.Publish(new ConfigurationRead(ConfigurationRead.Workers, IsGood: false));
    }
}
