using System.Collections.Concurrent;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Queues;

/// <summary>
/// The way in: checks that the engine, the store, the queue and the limits take a task, makes it, counts it in and
/// hands it to its queue. Thread-safe.
/// </summary>
internal sealed partial class TaskIntake(
    EngineContext engine, TaskIdSource ids, Func<string, CancellationToken, ValueTask<string?>> checkWebhook)
{
    private readonly ConcurrentDictionary<long, Batch> _waiting = new();
    private long _batches;
    private volatile bool _isOpen;

    /// <summary>Begins to take tasks.</summary>
    public void Open() => _isOpen = true;

    /// <summary>Answers senders whose queue has stopped before it could: what is on disk of their tasks runs after the
    /// restart, and nothing of them was acknowledged.</summary>
    public void AnswerRest()
    {
        foreach (var batch in _waiting.Values)
            batch.Refuse();
        engine.Keys.ReleaseAll();
    }

    /// <summary>Takes no tasks any more.</summary>
    public void Close() => _isOpen = false;

    /// <summary>Takes in a task whose sender waits.</summary>
    public ValueTask<TaskOutcome> RunAsync(TaskRequest request, CancellationToken cancellationToken)
    {
        if (Refuse(request.Queue, request.Function, request.Body.Length, out var route) is { } refusal)
            return new ValueTask<TaskOutcome>(refusal);
        return Start(request, route!, cancellationToken, out _);
    }

    /// <summary>Takes in tasks that nobody waits in.</summary>
    /// <returns>Receipts in the order of the requests, when all that were taken are on disk.</returns>
    public async ValueTask<TaskReceipt[]> SubmitAsync(IReadOnlyList<TaskRequest> requests)
    {
        if (requests.Count == 1 && requests[0].Options is { Idempotency: null, Webhook: null })
            return [await SubmitOneAsync(requests[0])];
        var receipts = new TaskReceipt[requests.Count];
        var isChecked = await WebhookChecks.RunAsync(requests, receipts, checkWebhook);
        var batches = new Dictionary<QueueRoute, Batch>();
        var once = new List<Task>();
        for (var i = 0; i < requests.Count; i++)
        {
            if (isChecked && receipts[i].Refusal is not null)
                continue;
            if (requests[i].Options.Idempotency is not null)
                once.Add(SubmitOnceAsync(requests[i], receipts, i));
            else if (Refuse(requests[i], out var route) is { } refusal)
                receipts[i] = new TaskReceipt(default, refusal);
            else
                Batch.Of(batches, route!).Add(Make(requests[i], route!, TaskDurability.Committed), i);
        }

        foreach (var batch in batches.Values)
            Send(batch);
        foreach (var batch in batches.Values)
            await ReadAsync(batch, receipts);
        foreach (var task in once)
            await task;
        return receipts;
    }

    // The usual request: no lists of lists for it.
    private async ValueTask<TaskReceipt> SubmitOneAsync(TaskRequest request)
    {
        if (Refuse(request, out var route) is { } refusal)
            return new TaskReceipt(default, refusal);
        return await SubmitAsync(route!, Make(request, route!, TaskDurability.Committed));
    }

    private ValueTask<TaskOutcome> Start(
        TaskRequest request, QueueRoute route, CancellationToken cancellationToken, out QueuedTask task)
    {
        task = Make(request, route, TaskDurability.WriteBehind);
        var timeout = request.Options.TimeoutMilliseconds ?? (long)engine.Options.TaskTimeout.TotalMilliseconds;
        var run = new TaskRun(
            task, hasCaller: true, Math.Max(task.CreatedAtMilliseconds, task.DueAtMilliseconds) + timeout);
        var outcome = run.Outcome;
        if (!route.Actor.TryTell(new Submit(task)))
        {
            engine.Leave(route, task);
            engine.Figures.CountRefusal(TaskOutcomeKind.Unavailable);
            return new ValueTask<TaskOutcome>(Outcomes.Stopping());
        }

        return cancellationToken.CanBeCanceled ? CancelledByAsync(outcome, route, task, cancellationToken) : outcome;
    }

    private static async ValueTask<TaskOutcome> CancelledByAsync(
        ValueTask<TaskOutcome> outcome, QueueRoute route, QueuedTask task, CancellationToken cancellationToken)
    {
        await using var registration = cancellationToken.UnsafeRegister(
            static state =>
            {
                var (route, task) = ((QueueRoute, QueuedTask))state!;
                route.Actor.TryTell(new CancelTask(task, null));
            },
            (route, task));
        return await outcome;
    }

    private TaskOutcome? Refuse(TaskRequest request, out QueueRoute? route) =>
        Refuse(request.Queue, request.Function, request.Body.Length, out route);

    /// <summary>Null when the task is counted in.</summary>
    private TaskOutcome? Refuse(QueueKey queue, string function, int bytes, out QueueRoute? route)
    {
        var refusal = Weigh(queue, function, bytes, out route);
        if (refusal is not null)
            engine.Figures.CountRefusal(refusal.Kind);
        return refusal;
    }

    private TaskOutcome? Weigh(QueueKey queue, string function, int bytes, out QueueRoute? route)
    {
        route = null;
        if (!_isOpen)
            return Outcomes.Stopping();
        if (engine.Routes.Find(queue) is not { } found)
            return Outcomes.UnknownQueue(queue);
        if (!found.Seen.Contains(function))
            return Outcomes.NoWorker(found, function, 0);
        if (found.IsStoreBehind)
            return Outcomes.StoreBehind();
        switch (engine.Gate.TryEnter(bytes))
        {
            case GateAnswer.TooMany:
                return Outcomes.TooMany(engine.Options.IntakeLimit, found.Depth, found.Rates);
            case GateAnswer.TooLarge:
                return Outcomes.TooLarge(engine.Options.QueuedBytesLimit, found.Depth, found.Rates);
        }

        if (!found.TryEnter(engine.Options.QueueLimit))
        {
            engine.Gate.Leave(bytes);
            return Outcomes.QueueFull(found.Key, engine.Options.QueueLimit, found.Rates);
        }

        route = found;
        return null;
    }

    private QueuedTask Make(TaskRequest request, QueueRoute route, TaskDurability durability)
    {
        var id = ids.Next(out var now);
        var task = QueuedTasks.New(request, route.Key, id, now, durability);
        engine.Live.TryAdd(task);
        return task;
    }

    // A task that is counted in and among the living.
    private async ValueTask<TaskReceipt> SubmitAsync(QueueRoute route, QueuedTask task)
    {
        var receipts = new TaskReceipt[1];
        var batch = new Batch(route);
        batch.Add(task, 0);
        Send(batch);
        await ReadAsync(batch, receipts);
        return receipts[0];
    }

    private void Send(Batch batch)
    {
        batch.Number = Interlocked.Increment(ref _batches);
        _waiting.TryAdd(batch.Number, batch);
        batch.Send(engine);
    }

    private async ValueTask ReadAsync(Batch batch, TaskReceipt[] receipts)
    {
        await batch.ReadAsync(receipts);
        _waiting.TryRemove(batch.Number, out _);
    }

    /// <summary>Tasks of one queue that go to disk together.</summary>
    private sealed class Batch(QueueRoute route)
    {
        private readonly List<QueuedTask> _tasks = [];
        private readonly List<int> _places = [];

        // A store without a disk completes on the queue's own turn, where no sender's code may run.
        private readonly TaskCompletionSource<TaskOutcome?> _done =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Tells it from others while it waits.</summary>
        public long Number { get; set; }

        public static Batch Of(Dictionary<QueueRoute, Batch> batches, QueueRoute route)
        {
            if (!batches.TryGetValue(route, out var batch))
                batches.Add(route, batch = new Batch(route));
            return batch;
        }

        public void Add(QueuedTask task, int place)
        {
            _tasks.Add(task);
            _places.Add(place);
        }

        /// <summary>The queue cannot answer any more; an answer that it gave before stays.</summary>
        public void Refuse() => _done.TrySetResult(Outcomes.Stopping());

        public void Send(EngineContext engine)
        {
            if (route.Actor.TryTell(new SubmitDurable([.. _tasks], _done)))
                return;
            foreach (var task in _tasks)
            {
                engine.Leave(route, task);
                engine.Figures.CountRefusal(TaskOutcomeKind.Unavailable);
            }

            Refuse();
        }

        public async ValueTask ReadAsync(TaskReceipt[] receipts)
        {
            var refusal = await _done.Task;
            for (var i = 0; i < _tasks.Count; i++)
                receipts[_places[i]] = new TaskReceipt(refusal is null ? _tasks[i].Id : default, refusal);
        }
    }
}
