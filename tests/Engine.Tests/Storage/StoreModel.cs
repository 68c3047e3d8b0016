using System.Text;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing;
using Shouldly;
using static ActorBalancer.Engine.Tests.Storage.StoreTestKit;

namespace ActorBalancer.Engine.Tests.Storage;

/// <summary>A store and its model: a plain list of tasks, sorted anew for every question.</summary>
/// <param name="create">Makes the store, on the same files each time.</param>
/// <param name="clock">Clock of both.</param>
/// <param name="survives">True when the store keeps what it holds over a restart.</param>
internal sealed class StoreModel(Func<ITaskStore> create, ManualTimeProvider clock, bool survives)
    : IAsyncDisposable
{
    public const int OperationKinds = 13;

    private readonly List<Entry> _entries = [];
    private ITaskStore _store = null!;
    private ITaskQueue _queue = null!;
    private int _places;
    private int _arrivals;

    private enum Trace
    {
        None,
        Archived,
        Gone,
    }

    private long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Of the tasks of one key the first to arrive has its turn, until it has ended.</summary>
    private IEnumerable<Entry> Pending => _entries
        .Where(entry => entry.Arrival is not null)
        .GroupBy(entry => (object?)entry.Key ?? entry, (_, line) => line.MinBy(entry => entry.Arrival)!)
        .Where(entry => entry.State == TaskState.Queued)
        .OrderBy(entry => entry.Task.Priority).ThenBy(entry => entry.Place);

    private IEnumerable<Entry> Delayed => _entries.Where(entry => entry.IsDelayed);

    public async Task OpenAsync()
    {
        _store = create();
        await _store.OpenAsync(CancellationToken.None);
        _queue = _store.GetQueue(Mail);
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    public async Task StepAsync(int kind, int a, int b)
    {
        await ActAsync(kind, a, b);

        _queue.PendingCount.ShouldBe(Pending.Count());
        _queue.DelayedCount.ShouldBe(Delayed.Count());
        _queue.NextDueMilliseconds.ShouldBe(Delayed.Min(entry => (long?)entry.Due));
        if (Pick(b) is { } entry)
            await CheckTraceAsync(entry);
    }

    public async Task DrainAsync()
    {
        clock.Advance(TimeSpan.FromMilliseconds(200));
        await PromoteAsync();
        await LeaseAsync(int.MaxValue);
        _queue.PendingCount.ShouldBe(0);
        foreach (var entry in _entries)
            await CheckTraceAsync(entry);

        var archived = _entries.Where(entry => entry.Trace == Trace.Archived).ToList();
        var listed = await _store.Archive.ListAsync(new TaskFilter(), null, int.MaxValue);
        listed.Select(task => task.Id).ShouldBe(
            archived.Select(entry => entry.Task.Id).OrderByDescending(id => id.ToString(), StringComparer.Ordinal));
        var counts = await _store.Archive.CountAsync();
        counts.Values.Sum().ShouldBe(archived.Count);
        foreach (var group in archived.GroupBy(entry => entry.State))
            counts[(Mail, group.Key)].ShouldBe(group.Count());
    }

    private Task ActAsync(int kind, int a, int b) => kind switch
    {
        0 => EnqueueAsync(1 + (a % 5), 1, 0),
        1 => EnqueueAsync(1 + (a % 5), b % 20, 0),
        2 => EnqueueAsync(1 + (a % 5), 1 + (b % 3), Now + (a % 50) - 5),
        3 => LeaseAsync(a % 6),
        4 => CompleteAsync(a, b, isStale: b % 8 == 0),
        5 => RetryAsync(a, b % 3 == 0 ? 0 : Now + (b % 50) - 5, countAttempt: a % 2 == 0),
        6 => RemoveAsync(a, b),
        7 => Advance(a % 30),
        8 => PromoteAsync(),
        9 => ReviveAsync(a),
        10 => DeleteAsync(a, b),
        11 => SweepAsync(),
        _ => RestartAsync(),
    };

    private async Task EnqueueAsync(int priority, int count, long due)
    {
        var tasks = Enumerable.Range(_entries.Count, count)
            .Select(i => NewTask(
                priority: priority, durability: (TaskDurability)(i % 2), body: $"body {i}", due: due,
                options: NewOptions(i)))
            .ToArray();
        foreach (var task in tasks)
        {
            var state = due > 0 ? TaskState.Scheduled : TaskState.Queued;
            _entries.Add(new Entry(task, _entries.Count)
            {
                State = state,
                Due = due,
                Place = _places++,
                Arrival = due > 0 ? null : _arrivals++,
            });
        }

        if (count == 1)
            await _queue.EnqueueAsync(tasks[0]).AsTask().Guarded("the enqueue did not end");
        else
            await _queue.EnqueueAllAsync(tasks);
        tasks.ShouldAllBe(task => task.State == (due > 0 ? TaskState.Scheduled : TaskState.Queued));
    }

    private async Task LeaseAsync(int max)
    {
        var expected = Pending.Take(max).ToList();
        var lastToken = _entries.Max(entry => (long?)entry.Token) ?? 0;
        var leased = await _queue.LeaseSomeAsync(max);
        leased.Select(task => task.Id).ShouldBe(expected.Select(entry => entry.Task.Id));
        foreach (var (entry, task) in expected.Zip(leased))
        {
            entry.Task = task;
            entry.State = TaskState.Running;
            entry.Attempt++;
            entry.Task.State.ShouldBe(TaskState.Running);
            entry.Task.Attempt.ShouldBe(entry.Attempt);
            entry.Task.BodyText().ShouldBe(entry.BodyText);
            entry.Task.LeaseToken.ShouldBeGreaterThan(lastToken);
            entry.Token = lastToken = entry.Task.LeaseToken;
        }
    }

    private async Task CompleteAsync(int index, int choice, bool isStale)
    {
        if (Pick(index) is not { } entry)
            return;
        TaskState[] states = [TaskState.Succeeded, TaskState.Dead, TaskState.Dead, TaskState.Cancelled];
        var end = NewEnd(states[choice % 4], choice);
        var expected = entry.State == TaskState.Running && !isStale;
        var token = entry.Task.LeaseToken - (isStale ? 1 : 0);
        (await _queue.CompleteAsync(entry.Task, token, end).AsTask().Guarded("the end did not end"))
            .ShouldBe(expected);
        if (expected)
            entry.EndAs(end);
    }

    private async Task RetryAsync(int index, long due, bool countAttempt)
    {
        if (Pick(index) is not { } entry)
            return;
        var expected = entry.State == TaskState.Running;
        if (expected)
        {
            entry.History.Add(new AttemptRecord(entry.History.Count + 1, "http://w", Now, Now + 1, "it failed"));
            entry.Task.History = [.. entry.History];
        }

        (await _queue.RetryAsync(entry.Task, entry.Task.LeaseToken, due, countAttempt)).ShouldBe(expected);
        if (!expected)
            return;
        entry.Attempt -= countAttempt ? 0 : 1;
        entry.Due = due;
        entry.State = due > 0 ? TaskState.Retrying : TaskState.Queued;
        entry.Task.State.ShouldBe(entry.State);
    }

    private async Task RemoveAsync(int index, int choice)
    {
        if (Pick(index) is not { } entry)
            return;
        var end = NewEnd(choice % 2 == 0 ? TaskState.Expired : TaskState.Cancelled, choice);
        var expected = entry.IsDelayed || entry.State == TaskState.Queued;
        (await _queue.RemoveAsync(entry.Task, end).AsTask().Guarded("the end did not end")).ShouldBe(expected);
        if (expected)
            entry.EndAs(end);
    }

    private Task Advance(int milliseconds)
    {
        clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
        return Task.CompletedTask;
    }

    private async Task PromoteAsync() =>
        (await _queue.PromoteDueAsync(Now)).ShouldBe(PromoteModel());

    private int PromoteModel()
    {
        var due = Delayed.Where(entry => entry.Due <= Now)
            .OrderBy(entry => entry.Due).ThenBy(entry => entry.Task.Priority).ThenBy(entry => entry.Place).ToList();
        foreach (var entry in due)
        {
            entry.State = TaskState.Queued;
            entry.Arrival ??= _arrivals++;
        }

        return due.Count;
    }

    private async Task ReviveAsync(int index)
    {
        if (Pick(index) is not { Trace: Trace.Archived, State: TaskState.Dead or TaskState.Cancelled } entry)
            return;
        var found = (await _store.Archive.FindAsync(entry.Task.Id, withBody: true)).Task.ShouldNotBeNull();
        entry.Task = new QueuedTask
        {
            Id = entry.Task.Id,
            Queue = Mail,
            Function = found.Snapshot.Function,
            Priority = found.Snapshot.Priority,
            CreatedAtMilliseconds = found.Snapshot.CreatedAtMilliseconds,
            Durability = TaskDurability.Committed,
            Options = found.Options,
            Body = found.Body,
            BodyBytes = found.Body!.Length,
            Attempt = found.Attempt,
            History = [.. found.Snapshot.Attempts],
            State = found.Snapshot.State,
            WasArchived = true,
        };
        await _queue.EnqueueAsync(entry.Task).AsTask().Guarded("the enqueue did not end");
        entry.Task.State.ShouldBe(TaskState.Queued);
        (entry.State, entry.Trace) = (TaskState.Queued, Trace.None);
        (entry.Place, entry.Arrival) = (_places++, _arrivals++);
    }

    private async Task DeleteAsync(int first, int second)
    {
        if (Pick(first) is not { } a || Pick(second) is not { } b)
            return;
        var entries = new[] { a, b }.Distinct().Where(entry => entry.Trace == Trace.Archived).ToList();
        (await _store.Archive.DeleteAsync([a.Task.Id, b.Task.Id])).ShouldBe(entries.Count);
        foreach (var entry in entries)
            entry.Trace = Trace.Gone;
    }

    private async Task SweepAsync()
    {
        var over = _entries.Where(entry => entry.Trace == Trace.Archived && entry.KeptUntil <= Now).ToList();
        (await _store.Archive.SweepAsync(Now)).ShouldBe(over.Count);
        foreach (var entry in over)
            entry.Trace = Trace.Gone;
    }

    /// <summary>A promoted task may wait for its promotion again: whatever is due is promoted at once.</summary>
    private async Task RestartAsync()
    {
        if (!survives)
            return;
        await _store.DisposeAsync();
        _store = create();
        var content = await _store.OpenAsync(CancellationToken.None);
        _queue = _store.GetQueue(Mail);
        var living = _entries.Where(entry => !TaskTransitions.IsFinal(entry.State))
            .ToDictionary(entry => entry.Task.Id);
        content.Tasks.Select(task => task.Id).ShouldBe(living.Keys, ignoreOrder: true);
        foreach (var task in content.Tasks)
        {
            var entry = living[task.Id];
            task.Attempt.ShouldBe(entry.Attempt);
            (task.History ?? []).ShouldBe(entry.History);
            task.Options.Tags.ShouldBe(entry.Task.Options.Tags);
            task.Options.OrderingKey.ShouldBe(entry.Key);
            task.BodyBytes.ShouldBe(Encoding.UTF8.GetByteCount(entry.BodyText));
            entry.Task = task;
            if (entry.State == TaskState.Running)
                entry.State = TaskState.Queued;
        }

        ArriveAgain(content.Tasks.Select(task => living[task.Id]));
        await _queue.PromoteDueAsync(Now);
        PromoteModel();
    }

    /// <summary>After a restart tasks arrive in their old order; those with a due time when it has come, unless they
    /// held their key, which is known of what is to be tried again.</summary>
    private void ArriveAgain(IEnumerable<Entry> inOrder)
    {
        foreach (var entry in _entries)
            entry.Arrival = null;
        foreach (var entry in inOrder)
        {
            var found = entry.Task;
            if (entry.State != found.State)
            {
                entry.State.ShouldBe(TaskState.Queued);
                found.DueAtMilliseconds.ShouldBeInRange(1, Now);
                (entry.State, entry.Due) = (found.State, found.DueAtMilliseconds);
            }

            var mayHold = entry.State == TaskState.Retrying && entry.Key is not null
                && !_entries.Exists(other => other.Key == entry.Key && other.Arrival is not null);
            if (entry.State == TaskState.Queued || mayHold)
                entry.Arrival = _arrivals++;
        }
    }

    private async Task CheckTraceAsync(Entry entry)
    {
        var (task, isGone) = await _store.Archive.FindAsync(entry.Task.Id, withBody: true);
        isGone.ShouldBe(entry.Trace == Trace.Gone);
        (task is not null).ShouldBe(entry.Trace == Trace.Archived);
        if (task is null)
            return;
        task.Snapshot.State.ShouldBe(entry.State);
        task.Snapshot.Attempts.ShouldBe(entry.History);
        task.Snapshot.Result.ShouldBe(entry.End!.Result);
        task.Attempt.ShouldBe(entry.Attempt);
        Encoding.UTF8.GetString(task.Body.ShouldNotBeNull()).ShouldBe(entry.BodyText);
    }

    private static TaskOptions? NewOptions(int number)
    {
        string[] tags = number % 3 == 0 ? [$"tag {number}"] : [];
        var key = number % 4 > 1 ? null : $"key {number % 4}";
        return tags.Length == 0 && key is null ? null : new TaskOptions { Tags = tags, OrderingKey = key };
    }

    private Entry? Pick(int index) => _entries.Count == 0 ? null : _entries[index % _entries.Count];

    private TaskEnd NewEnd(TaskState state, int choice) => new()
    {
        State = state,
        AtMilliseconds = Now,
        KeptUntilMilliseconds = choice % 3 == 0 ? null : Now + (choice % 40),
        Result = choice % 5 == 0 ? null : Encoding.UTF8.GetBytes($"result {choice}"),
    };

    private sealed class Entry(QueuedTask task, int number)
    {
        public QueuedTask Task { get; set; } = task;

        public string BodyText { get; } = $"body {number}";

        public string? Key { get; } = task.Options.OrderingKey;

        public int Place { get; set; }

        /// <summary>Place in the line of its key; null while it has not come there, and after its end.</summary>
        public int? Arrival { get; set; }

        public TaskState State { get; set; }

        public int Attempt { get; set; }

        public long Token { get; set; }

        public long Due { get; set; }

        public List<AttemptRecord> History { get; } = [];

        public Trace Trace { get; set; }

        public long KeptUntil => End!.KeptUntilMilliseconds!.Value;

        public TaskEnd? End { get; private set; }

        public bool IsDelayed => State is TaskState.Scheduled or TaskState.Retrying;

        public void EndAs(TaskEnd end)
        {
            (End, State, Arrival) = (end, end.State, null);
            Task.State.ShouldBe(end.State);
            Trace = end.KeptUntilMilliseconds is not { } until ? Trace.None
                : until > end.AtMilliseconds ? Trace.Archived : Trace.Gone;
        }
    }
}
