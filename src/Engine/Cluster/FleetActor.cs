using System.Collections.Frozen;
using ActorBalancer.Actors;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Workers;

namespace ActorBalancer.Engine.Cluster;

/// <summary>What the fleet actor understands.</summary>
internal abstract record FleetMessage;

/// <summary>This node's own workers have changed.</summary>
internal sealed record OwnFleetMoved : FleetMessage;

/// <summary>Changes may be told again.</summary>
internal sealed record FleetRestEnded : FleetMessage;

/// <summary>Time to tell and to look.</summary>
internal sealed record FleetTick : FleetMessage;

/// <summary>Another node has something new to tell.</summary>
internal sealed record FleetTold(string NodeId) : FleetMessage;

/// <summary>What another node tells of its workers; null when that is nothing, or Redis could not be asked.</summary>
internal sealed record FleetRead(string NodeId, NodeFleet? Fleet, string? Fault) : FleetMessage;

/// <summary>This node's workers were told of, or why not.</summary>
internal sealed record FleetWritten(string? Fault) : FleetMessage;

/// <summary>The living nodes.</summary>
internal sealed record FleetMembers(IReadOnlyList<ClusterMember> Members) : FleetMessage;

/// <summary>
/// Tells the other nodes of this node's workers, and puts what all tell together into <see cref="ClusterFleet"/>.
/// A worker that some node's file names and that nobody owns at the moment stays in the picture as offline.
/// </summary>
internal sealed class FleetActor(
    EngineContext engine,
    ClusterBook book,
    bool isEngine,
    IReadOnlyDictionary<QueueKey, IReadOnlyCollection<string>> seenBefore) : Actor<FleetMessage>
{
    private const string TickTimer = "tick";
    private const string RestTimer = "rest";

    /// <summary>Least time between two tellings. Source: ours; a start of many workers is then a few messages.
    /// </summary>
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(200);

    private readonly Dictionary<string, NodeFleet> _fleets = new(StringComparer.Ordinal);
    private readonly HashSet<string> _reading = new(StringComparer.Ordinal);
    private readonly HashSet<string> _readAgain = new(StringComparer.Ordinal);
    private readonly Dictionary<QueueKey, HashSet<string>> _seen = [];
    private Dictionary<string, WorkerSnapshot> _last = new(StringComparer.Ordinal);
    private IReadOnlyList<ClusterMember> _members = [];
    private IDisposable? _subscription;
    private bool _writing;
    private bool _dirty;
    private bool _failed;

    protected override ValueTask PreStartAsync()
    {
        foreach (var (key, functions) in seenBefore)
            _seen[key] = new HashSet<string>(functions, StringComparer.Ordinal);
        var self = Context.Self;
        if (isEngine)
            _subscription = Context.System.EventStream.Subscribe<FleetChanged>(_ => self.Tell(new OwnFleetMoved()));
        Context.Timers.StartPeriodic(TickTimer, new FleetTick(), book.LeaseTime / 3);
        Merge();
        return default;
    }

    protected override ValueTask PostStopAsync()
    {
        _subscription?.Dispose();
        return default;
    }

    protected override ValueTask OnReceiveAsync(FleetMessage message)
    {
        switch (message)
        {
            case OwnFleetMoved:
                _dirty = true;
                Tell();
                break;
            case FleetRestEnded:
                Tell();
                break;
            case FleetTick:
                _dirty = true;
                Tell();
                foreach (var member in _members)
                    Read(member.Id);
                break;
            case FleetTold told when _members.Any(member => Is(member, told.NodeId)):
                Read(told.NodeId);
                break;
            case FleetRead read:
                Take(read);
                break;
            case FleetWritten written:
                _writing = false;
                Note(written.Fault);
                Tell();
                break;
            case FleetMembers moved:
                Take(moved.Members);
                break;
        }

        return default;
    }

    private void Tell()
    {
        if (!_dirty || _writing || Context.Timers.IsActive(RestTimer))
            return;
        _dirty = false;
        Context.Timers.StartSingle(RestTimer, new FleetRestEnded(), Rest);
        Merge();
        if (!isEngine)
            return;
        _writing = true;
        Context.PipeToSelf(
            book.WriteFleetAsync(new NodeFleet(Own())),
            static () => new FleetWritten(null),
            static exception => new FleetWritten(exception.Message));
    }

    private List<WorkerSnapshot> Own()
    {
        var own = engine.Fleet.Snapshot();
        return [.. own.Workers, .. own.InvalidWorkers];
    }

    private void Read(string id)
    {
        if (string.Equals(id, book.Id, StringComparison.Ordinal))
            return;
        if (!_reading.Add(id))
        {
            _readAgain.Add(id);
            return;
        }

        Context.PipeToSelf(
            book.ReadFleetAsync(id),
            fleet => new FleetRead(id, fleet, null),
            exception => new FleetRead(id, null, exception.Message));
    }

    private void Take(FleetRead read)
    {
        _reading.Remove(read.NodeId);
        Note(read.Fault);

        // What cannot be read now stays as it was.
        if (read.Fault is null && _members.Any(member => Is(member, read.NodeId)))
        {
            if (read.Fleet is { } fleet)
                _fleets[read.NodeId] = fleet;
            else
                _fleets.Remove(read.NodeId);
            Merge();
        }

        if (_readAgain.Remove(read.NodeId))
            Read(read.NodeId);
    }

    private void Take(IReadOnlyList<ClusterMember> members)
    {
        _members = members;
        foreach (var id in _fleets.Keys.Where(id => !members.Any(member => Is(member, id))).ToArray())
            _fleets.Remove(id);
        foreach (var member in members.Where(member => member.IsEngine && !_fleets.ContainsKey(member.Id)))
            Read(member.Id);
        Merge();
    }

    private static bool Is(ClusterMember member, string id) => string.Equals(member.Id, id, StringComparison.Ordinal);

    private void Note(string? fault)
    {
        if (fault is not null && !_failed)
            ClusterLog.FleetFailed(engine.Logger, fault);
        _failed = fault is not null;
    }

    private void Merge()
    {
        var workers = new Dictionary<string, WorkerSnapshot>(StringComparer.Ordinal);
        var told = _fleets
            .OrderBy(static fleet => fleet.Key, StringComparer.Ordinal)
            .SelectMany(static fleet => fleet.Value.Workers.Select(worker => worker with { Node = fleet.Key }));
        var own = isEngine ? Own().Select(worker => worker with { Node = book.Id }) : [];
        foreach (var worker in own.Concat(told))
        {
            // While it changes hands two nodes tell of it; the one that reaches it knows.
            if (!workers.TryGetValue(worker.Url, out var other) || (IsOffline(other) && !IsOffline(worker)))
                workers[worker.Url] = worker;
        }

        foreach (var url in _members.Where(static member => member.IsEngine).SelectMany(static member => member.Urls))
        {
            if (!workers.ContainsKey(url))
                workers.Add(url, OfflineOf(url));
        }

        _last = workers;
        engine.ClusterFleet.Publish(SnapshotOf(workers.Values), QueuesOf(workers.Values));
        Context.System.EventStream.Publish(new ClusterFleetChanged());
    }

    private static bool IsOffline(WorkerSnapshot worker) =>
        string.Equals(worker.Status, "offline", StringComparison.Ordinal);

    private WorkerSnapshot OfflineOf(string url)
    {
        var slots = new Protocol.WorkerSlots(0, 0, 0, 0);
        var last = _last.GetValueOrDefault(url) ?? new WorkerSnapshot { Url = url, Status = "offline", Slots = slots };
        return last with
        {
            Status = "offline",
            IsServing = false,
            Slots = slots,
            Node = null,
            IsDraining = engine.Drains.Urls.Contains(url),
        };
    }

    private static FleetSnapshot SnapshotOf(IEnumerable<WorkerSnapshot> workers)
    {
        var sorted = workers.OrderBy(static worker => worker.Url, StringComparer.Ordinal).ToArray();
        return new FleetSnapshot(
            [.. sorted.Where(static worker => worker.ContractValid)],
            [.. sorted.Where(static worker => !worker.ContractValid)]);
    }

    private List<ClusterQueue> QueuesOf(IEnumerable<WorkerSnapshot> workers)
    {
        var queues = new Dictionary<QueueKey, List<WorkerSnapshot>>();
        foreach (var worker in workers)
        {
            if (worker is not { ContractValid: true, Health: { Group: { Length: > 0 } group } health })
                continue;
            var key = new QueueKey(group, health.Contract);
            if (!queues.TryGetValue(key, out var list))
                queues.Add(key, list = []);
            list.Add(worker);
        }

        var all = new List<ClusterQueue>();
        foreach (var key in _seen.Keys.Union(queues.Keys).ToArray())
        {
            var ofQueue = queues.GetValueOrDefault(key) ?? [];
            var functions = ofQueue
                .SelectMany(static worker => worker.Health!.Functions ?? [])
                .Where(static function => !string.IsNullOrEmpty(function?.Name))
                .Select(static function => function.Name)
                .ToFrozenSet(StringComparer.Ordinal);
            if (!_seen.TryGetValue(key, out var seen))
                _seen.Add(key, seen = new HashSet<string>(StringComparer.Ordinal));
            seen.UnionWith(functions);
            all.Add(new ClusterQueue(
                key,
                functions,
                seen.ToFrozenSet(StringComparer.Ordinal),
                ofQueue.Any(static worker => worker.IsServing),
                ofQueue.Count > 0 && ofQueue.TrueForAll(static worker => worker.HasKey)));
        }

        return all;
    }
}

/// <summary>The picture of all nodes' workers is new. Published after it can be seen.</summary>
internal sealed record ClusterFleetChanged;
