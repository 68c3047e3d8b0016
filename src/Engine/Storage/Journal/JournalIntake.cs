using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage.Journal;

/// <summary>
/// What queues hand to the journal's writer, and what wakes it. The first half is called by any thread, the second by
/// the writer alone.
/// </summary>
/// <remarks>
/// I1: the writer wakes at once for a commit that somebody waits for, and at most once in a delay for all that may
/// wait: one timer is armed by the first record that finds it unarmed, whatever number follows.
/// I2: <see cref="_armed"/> is 1 while the timer runs or the writer is about to look. The writer clears it and looks
/// again; whoever defers adds first and reads it after a full fence: so no record is left without a timer.
/// I3: a submitter waits for room only while records wait to be written, and is let go by the writer after each round.
/// </remarks>
internal sealed class JournalIntake : IDisposable
{
    /// <summary>What a waiting record weighs beside its body: task, heap entry and list entry.</summary>
    private const int RecordBytes = 256;

    /// <summary>Resolution of timers: what is due sooner counts as due, or the timer would run idle.</summary>
    public static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1);

    private readonly ConcurrentQueue<CommitRequest> _requests = new();
    private readonly ConcurrentQueue<DueRecord> _due = new();
    private readonly ConcurrentQueue<DeletedRecord> _deleted = new();
    private readonly ConcurrentQueue<EndRequest> _ends = new();
    private readonly ConcurrentQueue<ArchiveOrder> _orders = new();
    private readonly object _wakeGate = new();
    private readonly TimeProvider _timeProvider;
    private readonly TimeSpan _delay;
    private readonly long _waitingBytesMax;
    private readonly ITimer _timer;
    private readonly Lock _roomGate = new();
    private TaskCompletionSource? _room; // guarded by _roomGate
    private long _waitingBytes;
    private int _woken;
    private int _ticked;
    private int _armed;

    /// <summary>Makes an empty intake.</summary>
    /// <param name="timeProvider">Clock.</param>
    /// <param name="delay">How long a record waits for its task's end before it is due.</param>
    /// <param name="waitingBytesMax">Bytes of waiting records beyond which submitters wait.</param>
    public JournalIntake(TimeProvider timeProvider, TimeSpan delay, long waitingBytesMax)
    {
        _timeProvider = timeProvider;
        _delay = delay;
        _waitingBytesMax = waitingBytesMax;
        _timer = timeProvider.CreateTimer(
            static state => ((JournalIntake)state!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>False when more waits to be written than should.</summary>
    public bool HasRoom => Volatile.Read(ref _waitingBytes) <= _waitingBytesMax;

    /// <summary>Arms a timer, cut to whole milliseconds, its unit: what is left of the wait counts as due.</summary>
    public static void SetTimer(ITimer timer, TimeSpan wait) => timer.Change(
        TimeSpan.FromMilliseconds(Math.Max(1, (long)wait.TotalMilliseconds)), Timeout.InfiniteTimeSpan);

    /// <summary>Hands over tasks whose commit is waited for.</summary>
    public void Submit(CommitRequest request)
    {
        _requests.Enqueue(request);
        Wake();
    }

    /// <summary>Hands over the end of a task of which something is kept.</summary>
    public void Submit(EndRequest request)
    {
        _ends.Enqueue(request);
        Wake();
    }

    /// <summary>Hands over work in the archive.</summary>
    public void Submit(ArchiveOrder order)
    {
        _orders.Enqueue(order);
        Wake();
    }

    /// <summary>Hands over a task whose record may wait: new, or changed.</summary>
    public void Defer(QueuedTask task)
    {
        var bytes = RecordBytes + (task.Body?.Length ?? 0);
        _due.Enqueue(new DueRecord(task, _timeProvider.GetTimestamp(), bytes));
        Interlocked.Add(ref _waitingBytes, bytes);
        if (Volatile.Read(ref _armed) == 0)
            Arm(_delay);
    }

    /// <summary>Hands over a record whose task has ended.</summary>
    public void Delete(DeletedRecord record)
    {
        _deleted.Enqueue(record);
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _armed) == 0)
            Arm(_delay);
    }

    /// <summary>Completes when <see cref="HasRoom"/> is true again, or when nobody is made to wait any
    /// longer.</summary>
    public Task WaitForRoomAsync()
    {
        lock (_roomGate)
        {
            if (HasRoom)
                return Task.CompletedTask;
            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _room.Task;
        }
    }

    /// <summary>Wakes the writer; many calls before it looks cost one wake-up.</summary>
    public void Wake()
    {
        if (Interlocked.Exchange(ref _woken, 1) != 0)
            return;
        lock (_wakeGate)
            Monitor.Pulse(_wakeGate);
    }

    /// <summary>Writer: blocks until there may be something to do.</summary>
    public void Wait()
    {
        lock (_wakeGate)
        {
            while (Interlocked.Exchange(ref _woken, 0) == 0)
                Monitor.Wait(_wakeGate);
        }
    }

    /// <summary>Writer: true, once, after the timer has run: then deletions are worth a transaction of their
    /// own.</summary>
    public bool TakeTick() => Interlocked.Exchange(ref _ticked, 0) != 0;

    /// <summary>Writer: true when there is more to write than deletions.</summary>
    public bool HasWork =>
        !_requests.IsEmpty || !_ends.IsEmpty || !_orders.IsEmpty
        || (_due.TryPeek(out var record) && Remaining(record) < ShortestWait);

    /// <summary>Writer: takes the oldest waiting commit.</summary>
    public bool TryTakeRequest([MaybeNullWhen(false)] out CommitRequest request) => _requests.TryDequeue(out request);

    /// <summary>Writer: takes the oldest end.</summary>
    public bool TryTakeEnd([MaybeNullWhen(false)] out EndRequest request) => _ends.TryDequeue(out request);

    /// <summary>Writer: takes the oldest work in the archive.</summary>
    public bool TryTakeOrder([MaybeNullWhen(false)] out ArchiveOrder order) => _orders.TryDequeue(out order);

    /// <summary>Writer: takes a record to delete.</summary>
    public bool TryTakeDeleted(out DeletedRecord record) => _deleted.TryDequeue(out record);

    /// <summary>Writer: takes the oldest record whose delay is over.</summary>
    /// <param name="task">The task.</param>
    /// <param name="all">True at the end, when nothing waits any longer.</param>
    public bool TryTakeDue([MaybeNullWhen(false)] out QueuedTask task, bool all)
    {
        task = null;
        if (!_due.TryPeek(out var record) || !(all || Remaining(record) < ShortestWait))
            return false;
        _due.TryDequeue(out record);
        Interlocked.Add(ref _waitingBytes, -record.Bytes);
        task = record.Task;
        return true;
    }

    /// <summary>Writer, while the disk fails: forgets waiting records whose tasks have ended, so that only the living
    /// count against the bound.</summary>
    public void DropEnded()
    {
        for (var count = _due.Count; count > 0 && _due.TryDequeue(out var record); count--)
        {
            if (TaskRecord.HasEnded(record.Task))
                Interlocked.Add(ref _waitingBytes, -record.Bytes);
            else
                _due.Enqueue(record);
        }
    }

    /// <summary>Writer, after a round: arms the timer for what waits, or leaves it for the next that defers.</summary>
    public void Rearm()
    {
        Interlocked.Exchange(ref _armed, 0);
        if (_due.TryPeek(out var record))
            Arm(Remaining(record));
        else if (!_deleted.IsEmpty)
            Arm(_delay);
    }

    /// <summary>Writer: lets submitters go that wait for room.</summary>
    /// <param name="always">True when they must not wait, room or not: the disk fails, or the end has come.</param>
    public void GiveRoom(bool always)
    {
        TaskCompletionSource? room = null;
        lock (_roomGate)
        {
            if (always || HasRoom)
                (room, _room) = (_room, null);
        }

        room?.SetResult();
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Tick()
    {
        Volatile.Write(ref _ticked, 1);
        Wake();
    }

    private void Arm(TimeSpan wait)
    {
        if (Interlocked.CompareExchange(ref _armed, 1, 0) == 0)
            SetTimer(_timer, wait);
    }

    private TimeSpan Remaining(DueRecord record) => _delay - _timeProvider.GetElapsedTime(record.Timestamp);

    private readonly record struct DueRecord(QueuedTask Task, long Timestamp, int Bytes);
}
