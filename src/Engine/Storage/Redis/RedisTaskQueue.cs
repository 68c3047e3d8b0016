using System.Globalization;
using ActorBalancer.Engine.Storage.Journal;
using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;
using StackExchange.Redis;

namespace ActorBalancer.Engine.Storage.Redis;

/// <summary>A queue that lives in Redis. Calls of many threads go together: one batch of each kind is on its way at a
/// time, and what arrives meanwhile makes the next.</summary>
/// <remarks>
/// N1: a lease and a batch of changes have numbers of this node. One whose answer was lost comes again under its
/// number, and Redis gives the same answer: no task is leased that nobody knows of, no end is counted twice.
/// N2: counts carry the moment of Redis' clock at which they were true; an older answer never replaces a newer one.
/// </remarks>
internal sealed partial class RedisTaskQueue : ISharedTaskQueue
{
    /// <summary>Most calls of a batch. Source: ours; a script of so many runs for about a millisecond.</summary>
    private const int BatchMax = 128;

    /// <summary>Bytes after which no more goes into a batch, or is handed out with a lease.</summary>
    private const int BatchBytesMax = 1 << 20;

    /// <summary>Bytes of bodies after which a lease hands out no more.</summary>
    private const int LeaseBytesMax = 8 << 20;

    private static readonly RedisScript EnqueueScript = RedisScript.Load("enqueue", "task");
    private static readonly RedisScript LeaseScript = RedisScript.Load("lease", "task");
    private static readonly RedisScript ChangeScript = RedisScript.Load("change", "task");
    private static readonly RedisScript PromoteScript = RedisScript.Load("promote", "task");
    private static readonly RedisScript TendScript = RedisScript.Load("tend", "task");
    private static readonly RedisScript LeaveScript = RedisScript.Load("leave", "task");
    private static readonly RedisScript PauseScript = RedisScript.Load("pause", "task");
    private static readonly RedisScript ReportScript = RedisScript.Load("report", "task");
    private static readonly RedisScript TakeDeliveriesScript = RedisScript.Load("take-deliveries", "task");

    private readonly RedisTaskStore _store;
    private readonly RedisKey[] _slot;
    private readonly RedisValue _prefix;
    private readonly RedisValue _name;
    private readonly RedisValue _node;
    private readonly RedisBatches<RedisEnqueueItem> _enqueues;
    private readonly RedisBatches<RedisChange> _changes;
    private readonly Queue<QueuedTask> _handed = new(); // leased, but more than was asked for
    private RedisCounts _counts = RedisCounts.None;
    private long _oldestCreatedAt; // 0 for none
    private long _batchNumber;
    private long _leaseNumber;
    private bool _isLeaseOpen; // the answer to the newest lease was lost
    private volatile bool _mayLease;
    private volatile bool _wasTended;
    private volatile bool _isRegistered;

    /// <summary>Makes the face of a queue; nothing is asked yet.</summary>
    public RedisTaskQueue(RedisTaskStore store, QueueKey key)
    {
        _store = store;
        Key = key;
        Keys = store.Keys.Of(key);
        _slot = [Keys.Base];
        _prefix = store.Link.Prefix;
        _name = key.ToString();
        _node = store.NodeName;
        _enqueues = new RedisBatches<RedisEnqueueItem>(BatchMax, BatchBytesMax, SendTasksAsync);
        _changes = new RedisBatches<RedisChange>(BatchMax, BatchBytesMax, SendChangesAsync);
    }

    /// <inheritdoc/>
    public QueueKey Key { get; }

    /// <summary>Names of its keys.</summary>
    public RedisQueueKeys Keys { get; }

    /// <inheritdoc/>
    public int PendingCount => _isLeaseOpen || _handed.Count > 0 ? Math.Max(Counts.Pending, 1)
        : _wasTended && !_mayLease ? 0
        : Counts.Pending;

    /// <inheritdoc/>
    public int DelayedCount => Counts.Delayed;

    /// <inheritdoc/>
    public int QueuedCount
    {
        get
        {
            // News of a wake say of pending tasks alone.
            var counts = Counts;
            return Math.Max(counts.Pending, counts.Living - counts.Delayed - counts.Running);
        }
    }

    /// <inheritdoc/>
    public int RetryingCount => Counts.Retrying;

    /// <inheritdoc/>
    public int RunningCount => Counts.Running;

    /// <inheritdoc/>
    public long? NextDueMilliseconds => Counts.NextDue;

    /// <inheritdoc/>
    public long? PausedUntilMilliseconds => Counts.PausedUntil;

    /// <inheritdoc/>
    public long? OldestCreatedAtMilliseconds => Volatile.Read(ref _oldestCreatedAt) is var at and > 0 ? at : null;

    private RedisCounts Counts => Volatile.Read(ref _counts);

    /// <inheritdoc/>
    public ValueTask EnqueueAsync(QueuedTask task)
    {
        TaskOrder.Check(task);
        if (FindRefusal() is { } refusal)
            return ValueTask.FromException(refusal);
        var call = new RedisEnqueueCall(1);
        Send(task, call);
        return new ValueTask(call.Task);
    }

    /// <inheritdoc/>
    public ValueTask EnqueueAsync(IReadOnlyList<QueuedTask> tasks)
    {
        foreach (var task in tasks)
            TaskOrder.Check(task);
        if (tasks.Count == 0)
            return ValueTask.CompletedTask;
        if (FindRefusal() is { } refusal)
            return ValueTask.FromException(refusal);
        var call = new RedisEnqueueCall(tasks.Count);
        foreach (var task in tasks)
            Send(task, call);
        return new ValueTask(call.Task);
    }

    /// <inheritdoc/>
    public async ValueTask<int> LeaseAsync(int max, ICollection<QueuedTask> leased)
    {
        if (max <= 0)
            return 0;
        if (_handed.Count > 0)
            return HandOut(max, leased);
        if (!_wasTended)
            await TendAsync(_store.Link.NowMilliseconds + (long)_store.Options.LeaseTime.TotalMilliseconds);
        if (!_mayLease)
            return 0;

        if (!_isLeaseOpen)
            _leaseNumber++;
        _isLeaseOpen = true;
        var answer = await RunAsync(
            LeaseScript, _node, _leaseNumber, Math.Min(max, BatchMax), LeaseBytesMax);
        _isLeaseOpen = false;
        _mayLease = (int)answer[0] == 1;
        foreach (var values in (RedisResult[])answer[2]!)
        {
            if (ReadLeased((RedisValue[])values!) is not { } task)
                continue;
            _held[task.Id] = task.LeaseToken;
            _handed.Enqueue(task);
        }

        RedisMetrics.Moves.Add(_handed.Count);
        Learn(RedisCounts.Read(answer[1]));
        return HandOut(max, leased);
    }

    /// <inheritdoc/>
    public async ValueTask<int> PromoteDueAsync(long nowMilliseconds)
    {
        const int stepMax = 1000;
        var count = 0;
        while (true)
        {
            var answer = await RunAsync(PromoteScript, nowMilliseconds, stepMax);
            Learn(RedisCounts.Read(answer[0]));
            var step = (int)answer[1];
            count += step;
            if (step < stepMax)
                return count;
        }
    }

    /// <summary>Any thread: takes counts if they are newer than what is known.</summary>
    public void Learn(RedisCounts counts) =>
        Learn(before => counts.IsNewerThan(before) ? counts : before);

    /// <summary>Any thread: changes the counts.</summary>
    public void Learn(Func<RedisCounts, RedisCounts> change)
    {
        while (true)
        {
            var before = Counts;
            var after = change(before);
            if (ReferenceEquals(before, after)
                || ReferenceEquals(Interlocked.CompareExchange(ref _counts, after, before), before))
                return;
        }
    }

    /// <summary>The set of queues may have lost this one.</summary>
    public void ForgetRegistration() => _isRegistered = false;

    /// <summary>Writes the queue's name where all nodes find it.</summary>
    public async Task RegisterAsync()
    {
        if (_isRegistered)
            return;
        var isNew = await _store.Link.AskAsync(database => database.SetAddAsync(_store.Keys.Queues, _name));
        _isRegistered = true;
        if (isNew)
        {
            // Without counts: nobody knows any of it, but its name becomes known.
            var news = $"0 - - {Key}";
            await _store.Link.AskAsync(database => database.PublishAsync(_store.Keys.Wake, news));
        }
    }

    /// <summary>Writes a pause.</summary>
    public async Task PauseAsync(long? untilMilliseconds)
    {
        await RegisterAsync();
        var counts = await _store.Link.RunAsync(
            PauseScript, _slot, _prefix, _name, untilMilliseconds is { } until ? until : "");
        Learn(RedisCounts.Read(counts));
    }

    private async Task<RedisResult[]> RunAsync(RedisScript script, params RedisValue[] arguments) =>
        (RedisResult[])(await _store.Link.RunAsync(script, _slot, [_prefix, _name, .. arguments]))!;

    private TaskStoreException? FindRefusal() => _store.IsClosed
        ? new TaskStoreException($"Queue {Key}: the store is closed.")
        : null;

    private int HandOut(int max, ICollection<QueuedTask> leased)
    {
        var count = Math.Min(max, _handed.Count);
        for (var i = 0; i < count; i++)
            leased.Add(_handed.Dequeue());
        return count;
    }

    private QueuedTask? ReadLeased(RedisValue[] values) =>
        TaskId.TryParse((string)values[0]!, out var id)
            ? RedisRecord.ReadTask(id, Key, [.. values.AsSpan(1), ""], TaskState.Running, _store.Ciphers)
            : null;

    private void Send(QueuedTask task, RedisEnqueueCall call) =>
        _enqueues.Add(new RedisEnqueueItem(task, RedisConstants.Write(task, _store.Ciphers), call));

    private async Task SendTasksAsync(List<RedisEnqueueItem> batch)
    {
        try
        {
            await RegisterAsync();
            var arguments = WriteTasks(batch);
            var replicas = batch.Exists(item => item.Subject.Durability == TaskDurability.Committed)
                ? _store.Options.WaitReplicas
                : 0;
            var result = replicas > 0
                ? await _store.Link.RunDurablyAsync(EnqueueScript, _slot, arguments, replicas)
                : await _store.Link.RunAsync(EnqueueScript, _slot, arguments);
            var answer = (RedisResult[])result!;
            Learn(RedisCounts.Read(answer[0]));
            RedisMetrics.Moves.Add(batch.Count);
            Answer(batch, (RedisResult[])answer[1]!);
        }
        catch (TaskStoreException exception)
        {
            Refuse(batch, exception);
        }
#pragma warning disable CA1031 // Whatever it is, those who wait are told.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Refuse(batch, new TaskStoreException($"Queue {Key}: {exception.Message}", exception));
        }
    }

    private RedisValue[] WriteTasks(List<RedisEnqueueItem> batch)
    {
        const int head = 4;
        const int each = 10;
        var arguments = new RedisValue[head + (each * batch.Count)];
        arguments[0] = _prefix;
        arguments[1] = _name;
        arguments[2] = _store.Options.QueueLimit;
        arguments[3] = batch.Count;
        var next = head;
        foreach (var (task, constants, _) in batch)
        {
            var options = task.Options;
            arguments[next++] = task.Id.ToString();
            arguments[next++] = task.Priority.ToString("D8", CultureInfo.InvariantCulture);
            arguments[next++] = task.WasArchived ? 0 : Math.Max(task.DueAtMilliseconds, 0);
            arguments[next++] = options.TimeToLiveMilliseconds is { } life ? task.CreatedAtMilliseconds + life : "";
            arguments[next++] = task.Attempt;
            arguments[next++] = task.WasArchived ? 1 : 0;
            arguments[next++] = options.OrderingKey ?? "";
            arguments[next++] = JournalJson.WriteHistory(task.History) ?? (RedisValue)"";
            arguments[next++] = constants;
            arguments[next++] = task.Body!;
        }

        return arguments;
    }

    private void Answer(List<RedisEnqueueItem> batch, RedisResult[] answers)
    {
        const int refused = 0;
        const int delayed = 2;
        for (var i = 0; i < batch.Count; i++)
        {
            var values = (RedisValue[])answers[i]!;
            var (item, task, code) = (batch[i], batch[i].Subject, (int)values[0]);
            if (code == refused)
            {
                item.Answer(new TaskQueueFullException(Key, _store.Options.QueueLimit));
                continue;
            }

            task.Sequence = RedisRecord.SequenceOfPlace((string?)values[1]);
            if (code != delayed)
            {
                task.DueAtMilliseconds = 0;
                task.MoveTo(TaskState.Queued);
            }

            _store.NoteMade(task);
            item.Answer(null);
        }
    }

    // When Redis gives no answer, those behind have waited as long: they are told now, too.
    private void Refuse(List<RedisEnqueueItem> batch, TaskStoreException exception)
    {
        foreach (var item in batch)
            item.Answer(exception);
        if (exception is not RedisFailure { Trouble: RedisTrouble.Away })
            return;
        foreach (var item in _enqueues.Waiting)
            item.Answer(exception);
    }
}
