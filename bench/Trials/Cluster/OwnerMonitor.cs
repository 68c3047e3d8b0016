using ActorBalancer.Trials.Rigs;

namespace ActorBalancer.Trials.Cluster;

/// <summary>
/// Watches in Redis who owns each worker, every few milliseconds, and judges the workers' logs by it: no task may be
/// sent by a node at a moment at which another one owned the worker.
/// </summary>
internal sealed class OwnerMonitor : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    /// <summary>By how much a look and a line of a log may be apart: a busy machine lets either wait, and a call is on
    /// its way for a moment.</summary>
    private static readonly TimeSpan Blur = TimeSpan.FromMilliseconds(250);

    private readonly ClusterRig _rig;
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<string, List<(DateTime At, string? Owner)>> _owners = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private readonly Task _watching;

    public OwnerMonitor(ClusterRig rig)
    {
        _rig = rig;
        _watching = Task.Run(WatchAsync);
    }

    /// <summary>Looks at Redis so far.</summary>
    public int Looks { get; private set; }

    /// <summary>Changes of owner so far.</summary>
    public int Changes
    {
        get
        {
            lock (_lock)
                return _owners.Values.Sum(static changes => changes.Count);
        }
    }

    /// <summary>The owner of each worker now, by URL; a worker without an owner is not in it.</summary>
    public Dictionary<string, string> Now
    {
        get
        {
            lock (_lock)
            {
                return _owners.Where(static pair => pair.Value[^1].Owner is not null)
                    .ToDictionary(
                        static pair => pair.Key, static pair => pair.Value[^1].Owner!, StringComparer.Ordinal);
            }
        }
    }

    /// <summary>Runs that were sent by a node while another one owned the worker.</summary>
    public IReadOnlyList<string> Violations(IReadOnlyList<WorkerRun> runs)
    {
        var urls = _rig.Workers.Urls.ToArray();
        var byLog = Enumerable.Range(0, urls.Length)
            .ToDictionary(number => _rig.Workers.LogOf(number), number => urls[number]);
        lock (_lock)
        {
            return [.. runs.Where(run => run.Node is not null && !IsOwner(byLog[run.Worker], run)).Select(run =>
                $"{run.Node} ran {run.TaskId} at {run.StartedAt:HH:mm:ss.fff} on {byLog[run.Worker]}, whose owner " +
                $"was {OwnerAt(byLog[run.Worker], run.StartedAt)}")];
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _stop.Dispose();
    }

    private bool IsOwner(string url, WorkerRun run)
    {
        var changes = _owners.GetValueOrDefault(url) ?? [];
        for (var index = 0; index < changes.Count; index++)
        {
            var until = index + 1 < changes.Count ? changes[index + 1].At : DateTime.MaxValue;
            if (changes[index].Owner == run.Node && run.StartedAt >= changes[index].At - Blur
                && (until == DateTime.MaxValue || run.StartedAt <= until + Blur))
                return true;
        }

        return false;
    }

    private string OwnerAt(string url, DateTime at) =>
        (_owners.GetValueOrDefault(url) ?? []).LastOrDefault(change => change.At <= at).Owner ?? "nobody";

    private async Task WatchAsync()
    {
        var urls = _rig.Workers.Urls.ToArray();
        string[] question = ["MGET", .. urls.Select(static url => "actorbalancer:worker:" + url)];
        RedisLine? line = null;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                line ??= new RedisLine(_rig.Redis.Port);
                var owners = (object?[])line.Ask(question)!;
                Note(urls, owners);
            }
            catch (Exception exception) when (exception is IOException or System.Net.Sockets.SocketException)
            {
                line?.Dispose();
                line = null;
            }

            await Task.Delay(Interval, CancellationToken.None);
        }

        line?.Dispose();
    }

    private void Note(string[] urls, object?[] owners)
    {
        var now = DateTime.UtcNow;
        lock (_lock)
        {
            Looks++;
            for (var index = 0; index < urls.Length; index++)
            {
                var owner = NodeOf(owners[index] as string);
                if (!_owners.TryGetValue(urls[index], out var changes))
                    _owners.Add(urls[index], changes = []);
                if (changes.Count == 0 || changes[^1].Owner != owner)
                    changes.Add((now, owner));
            }
        }
    }

    // The value begins with the node's life, "id.number".
    private static string? NodeOf(string? value) => value?.Split('.', ' ', ':')[0];
}
