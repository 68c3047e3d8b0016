using System.Collections.Concurrent;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Cluster;

/// <summary>Why a caller's task is to be ended from here.</summary>
internal enum WaitEnd : byte
{
    /// <summary>The caller's time is over.</summary>
    Deadline,

    /// <summary>The task did not start within its time to live.</summary>
    Outlived,

    /// <summary>No worker came in time.</summary>
    NoWorker,

    /// <summary>The caller has gone.</summary>
    CallerGone,
}

/// <summary>
/// Keeps the time of all callers who wait for shared tasks, with one timer: their deadlines, their patience while
/// nobody serves, and the looks for replies of which the news was lost. Callers only queue up here; everything else
/// happens on the timer's thread, one tick at a time.
/// </summary>
/// <param name="engine">The clock, the settings and the fleet.</param>
/// <param name="look">Looks for a lost reply.</param>
/// <param name="end">Ends a caller's task; the wait comes back to the clock when it is unanswered after that.</param>
internal sealed class CallerClock(
    EngineContext engine, Func<CallerWait, Task> look, Func<CallerWait, WaitEnd, Task> end) : IDisposable
{
    /// <summary>The first look for a lost reply. Source: ours.</summary>
    public const int FirstLookMilliseconds = 1000;

    /// <summary>From one look to the next.</summary>
    public const int LookMilliseconds = 2000;

    /// <summary>Most looks and ends under way at a time; what is due beyond it waits for a later tick.</summary>
    private const int BusyMax = 1024;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(DeadlineWheel.TickMilliseconds);

    private readonly ConcurrentQueue<CallerWait> _incoming = new();
    private readonly PriorityQueue<CallerWait, long> _waits = new();
    private readonly Dictionary<QueueKey, ClusterQueue?> _queues = [];
    private readonly Lock _ticking = new();
    private ITimer? _timer;
    private int _isArmed;
    private int _busy;

    /// <summary>Begins to keep time.</summary>
    public void Open() => _timer = engine.Clock.Time.CreateTimer(
        static clock => ((CallerClock)clock!).OnTick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>Takes a caller whose task is in the store.</summary>
    public void Add(CallerWait wait)
    {
        _incoming.Enqueue(wait);
        Arm();
    }

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    private void Arm()
    {
        if (Volatile.Read(ref _isArmed) == 0 && Interlocked.Exchange(ref _isArmed, 1) == 0)
            _timer?.Change(Tick, Tick);
    }

    // A tick that takes longer than its period is not overtaken by the next.
    private void OnTick()
    {
        if (!_ticking.TryEnter())
            return;
        try
        {
            var now = engine.Clock.NowMilliseconds;
            TakeIncoming(now);
            WatchFleet(now);
            while (_waits.TryPeek(out _, out var due) && due <= now && Volatile.Read(ref _busy) < BusyMax)
            {
                var wait = _waits.Dequeue();
                if (!wait.IsAnswered)
                    Visit(wait, now);
            }

            if (_waits.Count == 0)
                Disarm();
        }
        finally
        {
            _ticking.Exit();
        }
    }

    // Whoever adds before the mark is taken away is seen by the look after it; whoever adds later arms again.
    private void Disarm()
    {
        _queues.Clear();
        _timer?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Interlocked.Exchange(ref _isArmed, 0);
        if (!_incoming.IsEmpty)
            Arm();
    }

    private void TakeIncoming(long now)
    {
        while (_incoming.TryDequeue(out var wait))
        {
            if (wait.IsAnswered)
                continue;
            if (wait.LookAtMilliseconds == 0)
                wait.LookAtMilliseconds = now + FirstLookMilliseconds;
            BeginPatience(wait, now);
            Keep(wait);
        }
    }

    private void Visit(CallerWait wait, long now)
    {
        if (wait.HasEnded)
            Look(wait, now);
        else if (now >= wait.DeadlineMilliseconds)
            Start(end(wait, WaitEnd.Deadline), wait);
        else if (now >= wait.OutlivedAtMilliseconds)
            End(wait, WaitEnd.Outlived);
        else if (now >= wait.GraceUntilMilliseconds)
            End(wait, WaitEnd.NoWorker);
        else
            Look(wait, now);
    }

    // What the reason does not apply to any more, because the task runs, waits on; patience begins anew.
    private void End(CallerWait wait, WaitEnd reason)
    {
        if (reason == WaitEnd.Outlived)
            wait.OutlivedAtMilliseconds = long.MaxValue;
        else
            wait.GraceUntilMilliseconds = long.MaxValue;
        if (reason == WaitEnd.NoWorker && IsServed(wait))
            Keep(wait);
        else
            Start(end(wait, reason), wait);
    }

    // The wait stays in the clock meanwhile: a look that takes long holds up no deadline.
    private void Look(CallerWait wait, long now)
    {
        wait.LookAtMilliseconds = now + LookMilliseconds;
        BeginPatience(wait, now);
        Keep(wait);
        if (wait.IsLooking)
            return;
        wait.IsLooking = true;
        Start(look(wait), null);
    }

    private void Start(Task work, CallerWait? comesBack)
    {
        Interlocked.Increment(ref _busy);
        _ = FinishAsync(work, comesBack);
    }

    private async Task FinishAsync(Task work, CallerWait? comesBack)
    {
        try
        {
            await work;
        }
        finally
        {
            Interlocked.Decrement(ref _busy);
        }

        if (comesBack is { IsAnswered: false })
            Add(comesBack);
    }

    // When the last worker goes, the patience of all who wait begins to run; when one comes, it ends.
    private void WatchFleet(long now)
    {
        var hasChanged = false;
        foreach (var (key, before) in _queues)
        {
            var queue = engine.ClusterFleet.Find(key);
            if (ReferenceEquals(queue, before))
                continue;
            hasChanged |= queue?.IsServing != before?.IsServing
                || !ReferenceEquals(queue?.Functions, before?.Functions);
            _queues[key] = queue;
        }

        if (!hasChanged)
            return;
        var all = _waits.UnorderedItems.Select(static item => item.Element).ToArray();
        _waits.Clear();
        foreach (var wait in all)
        {
            if (IsServed(wait))
                wait.GraceUntilMilliseconds = long.MaxValue;
            else
                BeginPatience(wait, now);
            Keep(wait);
        }
    }

    // A caller who begins to wait while nobody serves waits no longer than the grace from now.
    private void BeginPatience(CallerWait wait, long now)
    {
        if (wait.GraceUntilMilliseconds == long.MaxValue && !IsServed(wait))
            wait.GraceUntilMilliseconds = now + (long)engine.Options.NoWorkerGrace.TotalMilliseconds;
    }

    private bool IsServed(CallerWait wait)
    {
        if (!_queues.TryGetValue(wait.Queue, out var queue))
            _queues.Add(wait.Queue, queue = engine.ClusterFleet.Find(wait.Queue));
        return queue is { IsServing: true } && queue.Functions.Contains(wait.Function);
    }

    private void Keep(CallerWait wait) => _waits.Enqueue(
        wait,
        wait.HasEnded
            ? wait.LookAtMilliseconds
            : Math.Min(
                Math.Min(wait.DeadlineMilliseconds, wait.OutlivedAtMilliseconds),
                Math.Min(wait.GraceUntilMilliseconds, wait.LookAtMilliseconds)));
}
