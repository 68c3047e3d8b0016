using ActorBalancer.Actors;
using ActorBalancer.Engine.Queues;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Cluster;

/// <summary>
/// Tends all queues of a shared store, at each node: takes up what nodes that are gone ran, makes due tasks pending,
/// ends what has outlived its time to live; and renews this node's leases in the queues that it serves. Wakes the
/// queues that have something to lease.
/// </summary>
/// <remarks>
/// K1: a queue is tended by one call of this node at a time, but for the first call of a new queue.
/// K2: after <see cref="LeaveQueues"/> nothing is renewed: no such call is under way when the leaving begins.
/// </remarks>
internal sealed class KeeperActor(EngineContext engine, ISharedTaskStore store) : Actor<KeeperMessage>
{
    /// <summary>Longest time between two looks: due tasks start no later than that by the store alone.</summary>
    private static readonly TimeSpan IntervalMax = TimeSpan.FromMilliseconds(500);

    /// <summary>Queues that are tended side by side. Source: ours; the store puts calls of one moment together.
    /// </summary>
    private const int SideBySide = 64;

    private const string TendTimer = "tend";

    private readonly ClusterOptions _options = engine.Options.Cluster!;
    private readonly List<ActorRef<bool>> _leaving = [];
    private long _renewedAt = engine.Clock.Time.GetTimestamp();
    private string? _fault;
    private bool _lost;
    private int _underWay;
    private bool _left;

    private TimeSpan Interval => _options.LeaseTime / 3 < IntervalMax ? _options.LeaseTime / 3 : IntervalMax;

    protected override ValueTask PreStartAsync()
    {
        Context.Timers.StartSingle(TendTimer, new TendAll(), TimeSpan.Zero);
        return ValueTask.CompletedTask;
    }

    protected override ValueTask OnReceiveAsync(KeeperMessage message)
    {
        switch (message)
        {
            case TendAll when !_left:
                _underWay++;
                Context.PipeToSelf(
                    TendAllAsync(),
                    static report => new AllTended(report),
                    static exception => new AllTended(new TendReport(false, default, exception.Message)));
                break;
            case AllTended tended:
                _underWay--;
                Judge(tended.Report);
                if (!_left && _leaving.Count == 0)
                    Context.Timers.StartSingle(TendTimer, new TendAll(), Interval);
                break;
            case TendSoon soon when !_left:
                _underWay++;
                Context.PipeToSelf(
                    TendAsync(soon.Key), static _ => new OneTended(), static _ => new OneTended());
                break;
            case OneTended:
                _underWay--;
                break;
            case LeaveQueues leave:
                _leaving.Add(leave.ReplyTo);
                Context.Timers.Cancel(TendTimer);
                break;
            case QueuesLeft:
                _underWay--;
                foreach (var waiting in _leaving)
                    waiting.Tell(true);
                _leaving.Clear();
                break;
        }

        if (_leaving.Count > 0 && _underWay == 0)
            Leave();
        return ValueTask.CompletedTask;
    }

    private void Leave()
    {
        Context.Timers.Cancel(TendTimer);
        _underWay++;
        if (_left)
        {
            Context.Self.Tell(new QueuesLeft());
            return;
        }

        _left = true;
        Context.PipeToSelf(LeaveAllAsync(), static () => new QueuesLeft(), static _ => new QueuesLeft());
    }

    private async Task<TendReport> TendAllAsync()
    {
        var report = new TendReport(true, default, null);
        foreach (var keys in AllQueues().Chunk(SideBySide))
        {
            foreach (var one in await Task.WhenAll(keys.Select(TendAsync)))
            {
                if (one.Fault is not null)
                    report = one with { Renewed = report.Renewed && one.Renewed };
            }
        }

        return report;
    }

    private IEnumerable<QueueKey> AllQueues() =>
        store.Queues.Concat(engine.Routes.All.Select(static route => route.Key)).Distinct();

    private async Task<TendReport> TendAsync(QueueKey key)
    {
        var route = _options.IsEngine ? engine.Routes.Find(key) : null;
        try
        {
            var queue = store.GetSharedQueue(key);
            var until = route is null ? 0 : store.NowMilliseconds + (long)_options.LeaseTime.TotalMilliseconds;
            var taken = await queue.TendAsync(until);
            if (taken > 0)
                ClusterQueueLog.TakenUp(engine.Logger, key, taken);
            if (queue.PendingCount > 0 || queue.DelayedCount > 0)
                route?.Actor.Tell(QueueTended.Instance);
            return new TendReport(true, key, null);
        }
        catch (Exception exception)
        {
            // Whatever one queue suffers from, the others' leases are renewed.
            return new TendReport(route is null, key, exception.Message);
        }
    }

    // The same fault at every round is told once. What runs goes on: the tokens say whether its results count.
    private void Judge(TendReport report)
    {
        if (report.Fault is not null && report.Fault != _fault)
            ClusterQueueLog.TendFailed(engine.Logger, report.Queue, report.Fault);
        _fault = report.Fault;
        if (report.Renewed)
        {
            _renewedAt = engine.Clock.Time.GetTimestamp();
            if (_lost)
                ClusterQueueLog.LeasesBack(engine.Logger);
            _lost = false;
            return;
        }

        var since = engine.Clock.Time.GetElapsedTime(_renewedAt);
        if (_lost || since <= _options.LeaseTime)
            return;
        _lost = true;
        ClusterQueueLog.LeasesLost(engine.Logger, since.TotalMilliseconds);
    }

    private async Task LeaveAllAsync()
    {
        if (!_options.IsEngine)
            return;
        foreach (var routes in engine.Routes.All.Chunk(SideBySide))
            await Task.WhenAll(routes.Select(LeaveAsync));
    }

    private async Task LeaveAsync(QueueRoute route)
    {
        try
        {
            await store.GetSharedQueue(route.Key).LeaveAsync();
        }
        catch (TaskStoreException exception)
        {
            // Its lease runs out by itself.
            ClusterQueueLog.LeaveFailed(engine.Logger, route.Key, exception.Message);
        }
    }
}
