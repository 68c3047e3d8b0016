using ActorBalancer.Actors;
using ActorBalancer.Actors.Routing;
using ActorBalancer.Engine.Queues;
using ActorBalancer.Engine.Routing;
using ActorBalancer.Protocol;

namespace ActorBalancer.Engine.Workers;

/// <summary>
/// What the routing strategies and <c>/health</c> read of a worker while its actor changes it. One writer for each
/// member: <see cref="ActiveCount"/> is counted by the queue that leases to it, the verdict on its contract is set by
/// the contracts actor, <see cref="IsRetired"/> by the supervisor, everything else by the worker's own actor. Readers
/// take one atomic read a member and may see members of two moments; a slot given away too many in such a moment comes
/// back as "busy" and costs no attempt.
/// </summary>
internal sealed class WorkerTarget : IRoutingTarget
{
    private readonly TimeProvider _time;
    private int _active;
    private int _foreign;
    private volatile int _limit;
    private volatile bool _routable;
    private volatile bool _contractValid;
    private volatile bool _retired;
    private volatile bool _draining;
    private volatile WorkerHealth? _health;
    private volatile string? _mismatch;
    private volatile QueueRoute? _route;
    private volatile WorkerEntry _entry;
    private volatile WorkerStatus _status;

    public WorkerTarget(WorkerEntry entry, int order, TimeProvider time)
    {
        _time = time;
        Latency = new LatencyEwma(LatencyEwma.DefaultDecay, time.TimestampFrequency);
        _entry = entry;
        Order = order;
        TaskUri = new Uri(entry.Url + "/task");
        HealthUri = new Uri(entry.Url + "/health");
    }

    /// <summary>The worker's line in the file.</summary>
    public WorkerEntry Entry
    {
        get => _entry;
        set => _entry = value;
    }

    /// <summary>Place in the order of becoming known; the earliest wins a tie between interfaces.</summary>
    public int Order { get; }

    /// <summary>Where tasks are sent.</summary>
    public Uri TaskUri { get; }

    /// <summary>Where health is asked.</summary>
    public Uri HealthUri { get; }

    /// <summary>The worker's actor; set once before the target is published.</summary>
    public ActorRef<WorkerMessage> Actor { get; set; } = null!;

    /// <summary>The queue whose tasks it runs; null while its group and contract are unknown.</summary>
    public QueueRoute? Route
    {
        get => _route;
        set => _route = value;
    }

    /// <summary>What the worker said last, poll and frames taken together.</summary>
    public WorkerHealth? Health
    {
        get => _health;
        set => _health = value;
    }

    /// <summary>Status as listed by <c>/health</c>.</summary>
    public WorkerStatus Status
    {
        get => _status;
        set => _status = value;
    }

    /// <summary>Ready, services up, not suspected: everything but the contract and a free slot.</summary>
    public bool IsRoutable
    {
        get => _routable;
        set => _routable = value;
    }

    /// <summary>The contract rule's verdict.</summary>
    public bool ContractValid => _contractValid;

    /// <summary>Why the contract is not valid; null when it is.</summary>
    public string? ContractMismatchReason => _mismatch;

    /// <summary>No longer in the file: gets nothing new and stops when its running tasks have ended.</summary>
    public bool IsRetired
    {
        get => _retired;
        set => _retired = value;
    }

    /// <summary>Gets nothing new by an operator's order; running tasks end.</summary>
    public bool IsDraining
    {
        get => _draining;
        set => _draining = value;
    }

    /// <summary>Slots that the worker offers in all.</summary>
    public int Limit
    {
        get => _limit;
        set => _limit = value;
    }

    /// <summary>Slots taken by others than this balancer, as far as the worker's reports show.</summary>
    public int ForeignCount
    {
        get => Volatile.Read(ref _foreign);
        set => Volatile.Write(ref _foreign, value);
    }

    /// <summary>Decayed peak of the time that tasks take.</summary>
    public LatencyEwma Latency { get; }

    public string Id => _entry.Url;

    public int Weight => _entry.Weight;

    public int ActiveCount => Volatile.Read(ref _active);

    /// <summary>Slots that could take a task now; 0 when none or not routable.</summary>
    public int FreeSlots => IsServing ? Math.Max(0, _limit - ActiveCount - ForeignCount) : 0;

    /// <summary>True when it would take tasks if a slot were free.</summary>
    public bool IsServing => _routable && _contractValid && !_retired && !_draining && IsOwned;

    /// <summary>True when this node may call the worker: always outside of a cluster.</summary>
    public bool IsOwned => _entry.Lease is not { } lease || lease.IsHeld;

    public bool IsAvailable => FreeSlots > 0;

    public double LatencyMilliseconds => Latency.ReadMilliseconds(_time.GetTimestamp());

    /// <summary>Andera's formula: free slots tell for the worker, load and memory against it.</summary>
    public double Score
    {
        get
        {
            var system = _health?.System;
            var free = (_limit - ActiveCount - ForeignCount) * 10.0;
            return system is null ? free : free - (system.CpuLoad * 5) - (system.UsedMemoryPercent * 5);
        }
    }

    /// <summary>Counts a task in. Only the queue calls it.</summary>
    public void Acquire() => Interlocked.Increment(ref _active);

    /// <summary>Counts a task out, and says how many are left.</summary>
    public int Release() => Interlocked.Decrement(ref _active);

    /// <summary>Sets the verdict of the contract rule.</summary>
    public void Judge(bool valid, string? reason)
    {
        _mismatch = reason;
        _contractValid = valid;
    }

    /// <summary>The worker as it is listed to people.</summary>
    public WorkerSnapshot Snapshot()
    {
        var health = _health;
        var used = ActiveCount + ForeignCount;
        var limit = _limit;
        return new WorkerSnapshot
        {
            Url = _entry.Url,
            Status = _status switch
            {
                WorkerStatus.Ready => "ready",
                WorkerStatus.Maintenance => "maintenance",
                _ => "offline",
            },
            Health = health,
            Slots = new WorkerSlots(used, Math.Max(0, limit - used), limit, health?.Slots?.Queue ?? 0),
            IsServing = IsServing && _route?.HasServingWorker() == true,

            // Not yet judged is not yet invalid.
            ContractValid = _contractValid || _mismatch is null,
            ContractMismatchReason = _mismatch,
            HasKey = _entry.AuthKey is not null,
            IsDraining = _draining,
        };
    }
}
