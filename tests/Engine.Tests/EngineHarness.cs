using System.Text;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Workers;
using ActorBalancer.Testing.Workers;
using Microsoft.Extensions.Logging;
using WorkersFile = ActorBalancer.Testing.Workers.WorkersFile;

namespace ActorBalancer.Engine.Tests;

/// <summary>A real engine over real sockets to workers that the test scripts.</summary>
internal sealed class EngineHarness : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private EngineHarness(BalancerEngine engine, WorkersFile file, EventLog log)
    {
        Engine = engine;
        File = file;
        Log = log;
    }

    public BalancerEngine Engine { get; }

    public WorkersFile File { get; }

    public EventLog Log { get; }

    /// <summary>Starts an engine that knows <paramref name="workers"/> and waits until all of them serve.</summary>
    public static async Task<EngineHarness> StartAsync(
        IReadOnlyList<FakeWorker> workers,
        Func<EngineOptions, EngineOptions>? change = null,
        TimeProvider? time = null,
        ITaskStore? store = null,
        bool waitForAll = true)
    {
        time ??= TimeProvider.System;
        var file = new WorkersFile(workers.Select(worker => worker.Url));
        var options = new EngineOptions
        {
            BalancerKey = "balancer-key",
            WorkersFile = file.Path,
            RetryBackoff = TimeSpan.FromMilliseconds(1),
            NoWorkerGrace = TimeSpan.Zero,
            Seed = 1,
        };
        var log = new EventLog();
        var engine = new BalancerEngine(
            change?.Invoke(options) ?? options, store ?? LocalTaskStore.InMemory(time), time, log);
        var harness = new EngineHarness(engine, file, log);
        await engine.StartAsync(CancellationToken.None);
        if (waitForAll)
        {
            foreach (var worker in workers)
                await harness.WaitForAsync(worker, "ready");
        }

        return harness;
    }

    /// <summary>Waits until the worker is valid and in that status, and a task for it would be taken.</summary>
    public Task WaitForAsync(FakeWorker worker, string status) => WaitForAsync(
        fleet => fleet.Workers.Any(w => w.Url == worker.Url && w.Status == status && w.IsServing == (status == "ready")),
        $"{worker.Url} to be {status}");

    /// <summary>Waits until the fleet is as asked; looks again at every change of it.</summary>
    public async Task WaitForAsync(Func<FleetSnapshot, bool> condition, string what)
    {
        var changed = new SemaphoreSlim(0);
        using var subscription = Engine.Events.Subscribe<FleetChanged>(_ => changed.Release());
        while (!condition(Engine.Fleet))
        {
            if (!await changed.WaitAsync(Patience))
                throw new TimeoutException($"Waited for {what}; the fleet is {Describe(Engine.Fleet)}; log: {Log}");
        }
    }

    public Task<TaskOutcome> RunAsync(
        string function = "hello", int priority = 1, string? key = "worker-key", string? body = null,
        string group = "hello", int contract = 1)
        => Engine.RunAsync(new TaskRequest
        {
            Queue = new QueueKey(group, contract),
            Function = function,
            Priority = priority,
            WorkerKey = key,
            Body = Encoding.UTF8.GetBytes(body ?? $$"""{"group":"{{group}}","function":"{{function}}"}"""),
        }).AsTask().WaitAsync(Patience);

    /// <summary>A task that nobody waits for; async unless <paramref name="change"/> says otherwise.</summary>
    public static TaskRequest Request(
        Func<TaskOptions, TaskOptions>? change = null, string function = "hello", string body = "{}",
        long delayMilliseconds = 0)
    {
        var options = new TaskOptions { Mode = TaskMode.Async };
        return new TaskRequest
        {
            Queue = new QueueKey("hello", 1),
            Function = function,
            WorkerKey = "worker-key",
            Body = Encoding.UTF8.GetBytes(body),
            Options = change?.Invoke(options) ?? options,
            DelayMilliseconds = delayMilliseconds,
        };
    }

    /// <summary>Submits one such task, which must be taken.</summary>
    public async Task<TaskId> SubmitAsync(
        Func<TaskOptions, TaskOptions>? change = null, string function = "hello", string body = "{}",
        long delayMilliseconds = 0)
    {
        var receipts = await Engine.SubmitAsync([Request(change, function, body, delayMilliseconds)]).AsTask()
            .WaitAsync(Patience);
        if (receipts[0].Refusal is { } refusal)
            throw new InvalidOperationException($"The task was refused: {refusal.Kind} {refusal.Error}");
        return receipts[0].Id;
    }

    /// <summary>The task as it stands; it must be there.</summary>
    public async Task<TaskSnapshot> FindAsync(TaskId id) =>
        (await Engine.FindAsync(id, TimeSpan.Zero, CancellationToken.None).AsTask().WaitAsync(Patience)).Task
            ?? throw new InvalidOperationException($"Task {id} is not there.");

    /// <summary>The task after its end.</summary>
    public async Task<TaskSnapshot> EndOfAsync(TaskId id)
    {
        // The wait's own time is the engine's clock, which may be a manual one: the guard is real time.
        var lookup = await Engine.FindAsync(id, TimeSpan.FromHours(1), CancellationToken.None).AsTask()
            .WaitAsync(Patience);
        return lookup.Task ?? throw new InvalidOperationException($"Task {id} is {lookup.Kind}.");
    }

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        File.Dispose();
    }

    private static string Describe(FleetSnapshot fleet) => string.Join("; ", fleet.Workers.Concat(fleet.InvalidWorkers)
        .Select(w => $"{w.Url} {w.Status} serving={w.IsServing} {w.ContractMismatchReason}"));

    /// <summary>Keeps what the engine logged.</summary>
    internal sealed class EventLog : ILogger
    {
        private readonly List<(EventId Id, string Text)> _lines = [];
        private readonly SemaphoreSlim _written = new(0);

        public IReadOnlyList<(EventId Id, string Text)> Lines
        {
            get
            {
                lock (_lines)
                    return [.. _lines];
            }
        }

        public async Task WaitForAsync(int eventId)
        {
            while (!Lines.Any(line => line.Id.Id == eventId))
            {
                if (!await _written.WaitAsync(Patience))
                    throw new TimeoutException($"Waited for log event {eventId}; there is: {this}");
            }
        }

        public async Task WaitForTextAsync(string text)
        {
            while (!Lines.Any(line => line.Text.Contains(text, StringComparison.Ordinal)))
            {
                if (!await _written.WaitAsync(Patience))
                    throw new TimeoutException($"Waited for log text '{text}'; there is: {this}");
            }
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            lock (_lines)
                _lines.Add((eventId, formatter(state, exception) + (exception is null ? "" : " " + exception)));
            _written.Release();
        }

        public override string ToString() => string.Join(" | ", Lines.Select(line => line.Text));
    }
}
