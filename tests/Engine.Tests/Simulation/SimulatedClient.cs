using System.Text;
using System.Threading.Channels;
using ActorBalancer.Actors;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Tests.Simulation;

/// <summary>Everybody who sends tasks to the balancer, asks about them, and gives orders.</summary>
internal sealed class SimulatedClient(SimulationLoop loop, Promises promises, SimulatedFleet fleet)
{
    public static readonly QueueKey Queue = new("g", 1);

    private readonly List<CancellationTokenSource> _callers = [];
    private readonly double _keyShare = loop.Chance(0.5) ? 0.5 : 0;
    private int _pauseOrders;

    /// <summary>Calls of the present life that wait for an answer which they must get.</summary>
    public List<string> Waiting { get; } = [];

    /// <summary>The life is over: whoever waits learns nothing.</summary>
    public void Disconnect()
    {
        Waiting.Clear();
        _callers.Clear();
    }

    /// <summary>Does one thing of many.</summary>
    public void Act(BalancerEngine engine)
    {
        var choice = loop.Random.Next(100);
        if (choice < 40)
            Observe(SubmitAsync(engine, MakeSome()));
        else if (choice < 60)
            Observe(RunAsync(engine, Make(TaskMode.Sync)));
        else if (choice < 65 && Pick(task => task.Options.Idempotency is not null) is { } repeated)
            Observe(repeated.IsSync ? RunAsync(engine, repeated) : SubmitAsync(engine, [repeated]));
        else if (choice < 73 && Pick(task => task.Id is not null) is { } called)
            Observe(CancelAsync(engine, called));
        else if (choice < 80 && Pick(task => task.Id is not null && !task.IsSync) is { } dead)
            Observe(RetryAsync(engine, dead));
        else if (choice < 83 && Pick(task => task.IsAcknowledged) is { } followed)
            Observe(FollowAsync(engine, followed));
        else if (choice < 90 && Pick(task => task.IsAcknowledged) is { } asked)
            Observe(FindAsync(engine, asked, TimeSpan.FromMilliseconds(loop.Chance(0.5) ? 0 : loop.Random.Next(800))));
        else if (choice < 93)
            Observe(PauseAsync(engine, loop.Chance(0.7) ? loop.Random.Next(300) : null));
        else if (choice < 96)
            Observe(ResumeAsync(engine));
        else if (_callers.Count > 0)
            _callers[loop.Random.Next(_callers.Count)].Cancel();
    }

    /// <summary>Finds a task when everything has come to rest.</summary>
    public void Check(BalancerEngine engine, ClientTask task) => Observe(CheckAsync(engine, task));

    /// <summary>Ends the pause of the queue, if there is one.</summary>
    public void Resume(BalancerEngine engine) => Observe(ResumeAsync(engine));

    private async Task CheckAsync(BalancerEngine engine, ClientTask task)
    {
        var call = $"the last lookup of {task}";
        Waiting.Add(call);
        promises.CheckEnd(task, await engine.FindAsync(task.Id!.Value, TimeSpan.Zero, default), fleet.Executions);
        Waiting.Remove(call);
    }

    private async Task ResumeAsync(BalancerEngine engine)
    {
        _pauseOrders++;
        promises.PausedUntil = null;
        await TryAsync(async () =>
        {
            await engine.ResumeAsync(Queue);
            loop.Tell("resumed");
        });
    }

    private async Task PauseAsync(BalancerEngine engine, int? milliseconds)
    {
        var order = ++_pauseOrders;
        promises.PausedUntil = null;
        var until = milliseconds is { } time ? loop.Now + time : long.MaxValue;
        await TryAsync(async () =>
        {
            var done = await engine.PauseAsync(
                Queue, milliseconds is { } time ? TimeSpan.FromMilliseconds(time) : null);
            loop.Tell($"paused until {until}: {done}");
            if (done && order == _pauseOrders)
                promises.PausedUntil = until;
        });
    }

    private async Task SubmitAsync(BalancerEngine engine, ClientTask[] tasks)
    {
        var call = $"submission {string.Join(", ", tasks.Select(task => task.Number))}";
        Waiting.Add(call);
        foreach (var task in tasks)
            loop.Tell($"submits {task}");
        var receipts = await engine.SubmitAsync([.. tasks.Select(task => task.Request)]);
        Waiting.Remove(call);
        for (var i = 0; i < tasks.Length; i++)
        {
            var (id, refusal) = receipts[i];
            loop.Tell($"task {tasks[i].Number} is {refusal?.Kind.ToString() ?? "taken"}");
            if (refusal is not null)
                continue;

            if (tasks[i].IsAcknowledged && tasks[i].Id != id)
                loop.Break($"{tasks[i]} became two tasks");
            tasks[i].Id = id;
            tasks[i].IsAcknowledged = true;
        }
    }

    private async Task RunAsync(BalancerEngine engine, ClientTask task)
    {
        var caller = loop.Chance(0.2) ? new CancellationTokenSource() : null;
        if (caller is not null)
        {
            task.WasCancelled = true;
            _callers.Add(caller);
        }

        var call = $"{task}, number {task.Leases.Count}";
        Waiting.Add(call);
        loop.Tell($"runs {task}");
        var before = task.Leases.Count;
        using var outcome = await engine.RunAsync(task.Request, caller?.Token ?? default);
        Waiting.Remove(call);
        if (caller is not null)
            _callers.Remove(caller);
        loop.Tell($"task {task.Number} answers {outcome.Kind}");
        if (outcome.Kind == TaskOutcomeKind.Succeeded)
            promises.OnResult(task, outcome.Reply!.Body.Span, fleet.Executions);
        if (outcome.Kind is TaskOutcomeKind.Expired && task.Options.Idempotency is null && task.Leases.Count > before
            && fleet.Executions.Exists(execution => execution.Call.Task == task.Number))
            loop.Break($"{task} expired and was sent");
        if (outcome.TaskId != default)
            task.Id = outcome.TaskId;

        // With a key the sender is told only when a repetition would be told the same.
        if (task.Options.Idempotency is not null && outcome.Kind == TaskOutcomeKind.Succeeded)
        {
            task.IsAcknowledged = true;
            promises.OnEndTold(task, TaskState.Succeeded);
        }
    }

    private Task CancelAsync(BalancerEngine engine, ClientTask task) => TryAsync(async () =>
    {
        loop.Tell($"cancels task {task.Number}");
        task.WasCancelled = true;
        var result = await engine.CancelAsync(task.Id!.Value);
        loop.Tell($"task {task.Number} answers cancel with {result.Kind} {result.State}");
        if (task.IsAcknowledged && result.Kind is TaskAnswerKind.Unknown)
            loop.Break($"{task} was acknowledged, and cancelling it is answered Unknown: lost");
        if (result.Kind is TaskAnswerKind.Done or TaskAnswerKind.TooLate && result.State is { } state)
            promises.OnEndTold(task, state);
    });

    private Task RetryAsync(BalancerEngine engine, ClientTask task) => TryAsync(async () =>
    {
        if (task.ToldState is TaskState.Succeeded or TaskState.Expired)
            return;
        loop.Tell($"retries task {task.Number}");
        task.RevivedAt.Add(loop.Now);
        task.EndedSince = null;
        task.ToldState = null;
        var result = await engine.RetryAsync(task.Id!.Value);
        loop.Tell($"task {task.Number} answers retry with {result.Kind} {result.State}");
        if (task.IsAcknowledged && result.Kind is TaskAnswerKind.Unknown)
            loop.Break($"{task} was acknowledged, and retrying it is answered Unknown: lost");
    });

    private Task FindAsync(BalancerEngine engine, ClientTask task, TimeSpan wait) => TryAsync(async () =>
    {
        var found = await engine.FindAsync(task.Id!.Value, wait, default);
        loop.Tell($"finds task {task.Number} {found.Kind} {found.Task?.State}");
        if (found.Task is not { } snapshot)
            loop.Break($"{task} was acknowledged and is {found.Kind}: lost");
        else if (TaskTransitions.IsFinal(snapshot.State))
            promises.OnEndTold(task, snapshot.State);
    });

    private Task FollowAsync(BalancerEngine engine, ClientTask task) => TryAsync(async () =>
    {
        TaskEvent? last = null;
        for (var streams = 1; ; streams++)
        {
            using var follower = await engine.FollowAsync(task.Id!.Value, last?.Id ?? -1);
            if (follower.Events is not { } events)
            {
                loop.Break($"{task} was acknowledged, and following it is answered {follower.Kind}: lost");
                return;
            }

            var call = $"follower of {task}";
            Waiting.Add(call);
            last = await ReadAsync(task, events, last);
            Waiting.Remove(call);
            loop.Tell($"task {task.Number} was followed to {last?.Kind}");
            if (last?.Kind is TaskEventKind.Completed or TaskEventKind.Failed
                || engine.State == BalancerState.Draining)
                return;

            // A retry that is refused sends away whoever followed the task while it lived; they come again.
            if (streams > task.RevivedAt.Count)
            {
                loop.Break($"{task}: its events end with {last?.Kind}");
                return;
            }
        }
    });

    private async Task<TaskEvent?> ReadAsync(ClientTask task, ChannelReader<TaskEvent> events, TaskEvent? last)
    {
        while (await events.WaitToReadAsync())
        {
            while (events.TryRead(out var next))
            {
                if (next.Id <= last?.Id)
                    loop.Break($"{task}: {next.Kind} ({next.Id}) follows {last.Kind} ({last.Id})");
                last = next;
            }
        }

        return last;
    }

    // Nobody awaits what a client does; what it throws must be seen.
    private async void Observe(Task action)
    {
        try
        {
            await action;
        }
        catch (Exception exception)
        {
            loop.Break($"a client met {exception}");
        }
    }

    // A disk that fails and a balancer that stops may leave a question without an answer; nothing follows from it.
    private static async Task TryAsync(Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (Exception exception) when (exception is TaskStoreException or AskTimeoutException)
        {
        }
    }

    private ClientTask? Pick(Func<ClientTask, bool> condition)
    {
        for (var tries = 0; tries < 10 && promises.Tasks.Count > 0; tries++)
        {
            var newest = Math.Min(promises.Tasks.Count, 30);
            var task = promises.Tasks[^(loop.Random.Next(newest) + 1)];
            if (condition(task))
                return task;
        }

        return null;
    }

    private ClientTask[] MakeSome() =>
        [.. Enumerable.Range(0, loop.Random.Next(1, 4)).Select(_ => Make(TaskMode.Async))];

    private ClientTask Make(TaskMode mode)
    {
        var number = promises.Tasks.Count;
        var delay = loop.Chance(0.2) ? loop.Random.Next(400) : 0;
        var task = new ClientTask
        {
            Number = number,
            DueAt = loop.Now + delay,
            Request = new TaskRequest
            {
                Queue = Queue,
                Function = "work",
                Priority = loop.Random.Next(1, 4),
                Body = Encoding.ASCII.GetBytes($"{number}"),
                DelayMilliseconds = delay,
                Options = new TaskOptions
                {
                    Mode = mode,
                    TimeoutMilliseconds = loop.Chance(0.4) ? loop.Random.Next(20, 600) : null,
                    Attempts = loop.Chance(0.3) ? loop.Random.Next(1, 5) : null,
                    TimeToLiveMilliseconds = loop.Chance(0.2) ? loop.Random.Next(600) : null,
                    Backoff = loop.Chance(0.3) ? new TaskBackoff(loop.Chance(0.5), loop.Random.Next(60), 200) : null,
                    OrderingKey = loop.Chance(_keyShare) ? $"k{loop.Random.Next(3)}" : null,
                    Idempotency = loop.Chance(0.2) ? new IdempotencyMark((UInt128)number, (UInt128)number) : null,
                },
            },
        };
        promises.Tasks.Add(task);
        return task;
    }
}
