using ActorBalancer.Engine.Routing;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Workers;
using Microsoft.Extensions.Logging;

namespace ActorBalancer.Engine.Tests.Simulation;

/// <summary>One world from its beginning to its rest, all of it chosen by a seed.</summary>
internal sealed class Schedule
{
    private const int StepsMax = 300;

    /// <summary>Simulated milliseconds in which everything must come to rest once the faults are over.</summary>
    private const long RestMax = 120_000;

    private readonly SimulationLoop _loop;
    private readonly SimulatedDisk _disk;
    private readonly SimulatedFleet _fleet;
    private readonly SimulatedClient _client;
    private readonly Promises _promises;
    private readonly EngineOptions _options;
    private SimulatedLife _life = null!;
    private SimulatedStore _store = null!;
    private BalancerEngine _engine = null!;
    private Task _started = Task.CompletedTask;
    private Task? _stopped;

    private Schedule(int seed)
    {
        _loop = new SimulationLoop(seed);
        _disk = new SimulatedDisk(_loop) { FaultShare = Share(0.1), SlowestWrite = _loop.Chance(0.2) ? 300 : 15 };
        _fleet = new SimulatedFleet(_loop, _loop.Random.Next(1, 4));
        var faults = Share(0.5);
        foreach (var worker in _fleet.Workers)
            worker.FaultShare = faults;
        _options = new EngineOptions
        {
            BalancerKey = "key",
            WorkersFile = "none",
            DiscoveryInterval = TimeSpan.FromMilliseconds(200),
            DiscoveryTimeout = TimeSpan.FromMilliseconds(200),
            DiscoveryRetries = 2,
            TaskTimeout = TimeSpan.FromMilliseconds(1500),
            AttemptTimeout = TimeSpan.FromMilliseconds(_loop.Chance(0.5) ? 0 : 150),
            RetryBackoff = TimeSpan.FromMilliseconds(50),
            RetryBackoffMax = TimeSpan.FromMilliseconds(300),
            NoWorkerGrace = TimeSpan.FromMilliseconds(500),
            DrainTimeout = TimeSpan.FromMilliseconds(500),
            QueueLimit = 60,
            Strategy = RoutingStrategies.Names[_loop.Random.Next(RoutingStrategies.Names.Count)],
            Seed = seed,
        };
        _promises = new Promises(_loop) { AttemptsDefault = _options.TaskAttempts };
        _client = new SimulatedClient(_loop, _promises, _fleet);
    }

    /// <summary>Runs a world.</summary>
    public static ScheduleResult Run(int seed)
    {
        var outside = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            var schedule = new Schedule(seed);
            schedule.Play();
            return schedule.Result(seed);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outside);
        }
    }

    private void Play()
    {
        Begin();
        var steps = _loop.Random.Next(StepsMax / 3, StepsMax);
        for (var step = 0; step < steps && _loop.Violation is null; step++)
        {
            for (var turns = _loop.Random.Next(30); turns > 0 && !_loop.IsIdle; turns--)
                _loop.RunOne();
            _loop.Advance(_loop.Chance(0.05) ? _loop.Random.Next(200) : _loop.Random.Next(8));
            if (_stopped is { IsCompleted: true })
                EndStop();
            else if (_loop.Chance(0.1))
                Disturb();
            else if (_loop.Chance(0.5) && _stopped is null && _started.IsCompleted)
                SimulationLoop.Inside(_life, () => _client.Act(_engine));
        }

        Rest();
        Check();
    }

    private double Share(double most) => _loop.Chance(0.3) ? 0 : _loop.Random.NextDouble() * most;

    private void Disturb()
    {
        var worker = _fleet.Workers[_loop.Random.Next(_fleet.Workers.Count)];
        var choice = _loop.Random.Next(100);
        if (choice < 12)
            Kill();
        else if (choice < 18 && _stopped is null && _started.IsCompleted)
            Stop();
        else if (choice < 28 && _stopped is null && _started.IsCompleted)
            SimulationLoop.Inside(_life, () => _ = DrainAsync(worker, _loop.Chance(0.5)));
        else if (choice < 60)
            Toggle(worker);
        else
            worker.IsInMaintenance = !worker.IsInMaintenance && choice < 70;
    }

    // What was answered holds from then on, in this life and in the next ones.
    private async Task DrainAsync(SimulatedWorker worker, bool isDraining)
    {
        worker.DrainedAt = null;
        var order = ++worker.DrainOrders;
        try
        {
            var answer = await _engine.DrainWorkerAsync(worker.Url, isDraining);
            if (answer.Kind == WorkerAnswerKind.Done && isDraining && order == worker.DrainOrders)
            {
                worker.DrainedAt = _loop.Now;
                _loop.Tell($"{worker.Host} drains");
            }
        }
        catch (TaskStoreException)
        {
            // The disk failed: nothing was promised.
        }
    }

    private static void Toggle(SimulatedWorker worker)
    {
        if (worker.IsUp)
            worker.Die();
        else
            worker.Rise();
    }

    private void Begin()
    {
        _life = new SimulatedLife(_loop, _life?.Number + 1 ?? 1);
        _promises.Life = _life.Number;
        _loop.Tell($"life {_life.Number} begins");
        _store = new SimulatedStore(_loop, _life, _disk, _promises);
        _stopped = null;
        SimulationLoop.Inside(_life, () =>
        {
            _engine = new BalancerEngine(_options, _store, _life.Time, new Watcher(_loop), new EngineSeams
            {
                Dispatcher = _life.Turns,
                Workers = _fleet.Connect(_life),
                Fleet = _fleet.Entries,
            });
            _started = _engine.StartAsync(CancellationToken.None);
        });
    }

    private void Kill()
    {
        _loop.Tell("kill");
        _store.Kill();
        End();
    }

    private void Stop()
    {
        _loop.Tell("stop");
        SimulationLoop.Inside(_life, () => _stopped = StopAsync());
    }

    private async Task StopAsync()
    {
        await _engine.DrainAsync(CancellationToken.None);
        await _engine.DisposeAsync();
    }

    private void EndStop()
    {
        // Whoever reads the disk at this moment gets its answer yet.
        Pass(100);
        if (_stopped!.Exception is { } exception)
            _loop.Break($"the stop failed: {exception}");
        if (_client.Waiting.Count > 0)
            _loop.Break($"the balancer stopped and did not answer {string.Join("; ", _client.Waiting)}");
        if (!_store.IsSettled)
            _loop.Break("the balancer stopped and left something unwritten");
        End();
    }

    private void End()
    {
        _life.End();
        _fleet.Disconnect(_life);
        _client.Disconnect();
        Begin();
    }

    // The faults are over; time goes on until nothing is left to do.
    private void Rest()
    {
        _loop.Tell("rest");
        _disk.FaultShare = 0;
        foreach (var worker in _fleet.Workers)
        {
            worker.FaultShare = 0;
            worker.IsInMaintenance = false;
            if (!worker.IsUp)
                worker.Rise();
        }

        var until = _loop.Now + RestMax;
        var resumed = false;
        while (_loop.Violation is null && !(resumed && IsAtRest()))
        {
            if (_loop.Now > until)
            {
                _loop.Break(
                    $"no rest: {_store.LivingCount} tasks, "
                    + $"{string.Join("; ", _client.Waiting)} wait, start {_started.Status}");
                return;
            }

            if (_stopped is { IsCompleted: true })
                EndStop();
            if (!resumed && _stopped is null && _started.IsCompleted && _loop.IsIdle)
            {
                resumed = true;
                SimulationLoop.Inside(_life, () =>
                {
                    _client.Resume(_engine);
                    foreach (var worker in _fleet.Workers)
                        _ = DrainAsync(worker, isDraining: false);
                });
            }

            while (!_loop.IsIdle)
                _loop.RunOne();
            _loop.AdvanceToNext();
        }
    }

    private bool IsAtRest() => _stopped is null && _started.IsCompleted && _loop.IsIdle && _store.LivingCount == 0
        && _store.IsSettled && _client.Waiting.Count == 0
        && _fleet.Executions.TrueForAll(execution => !execution.IsRunning);

    private void Check()
    {
        if (_loop.Violation is not null)
            return;
        foreach (var task in _promises.Tasks.Where(task => task.IsAcknowledged))
            SimulationLoop.Inside(_life, () => _client.Check(_engine, task));

        // Some more health calls: what the workers report of their slots must have come to rest, too.
        Pass(2000);

        if (_client.Waiting.Count > 0)
            _loop.Break($"no answer: {string.Join("; ", _client.Waiting)}");
        if (_disk.Tasks.Count > 0)
            _loop.Break($"{_disk.Tasks.Count} tasks lie on the disk that nobody runs");
        var (live, gate, keys) = (_engine.Context.Live.Count, _engine.Context.Gate, _engine.Context.Keys.Count);
        var depth = _engine.Context.Routes.All.Sum(route => route.Depth);
        if (live + gate.Tasks + depth + keys > 0 || gate.Bytes > 0)
        {
            _loop.Break(
                $"left behind: {live} living tasks, {gate.Tasks} tasks of {gate.Bytes} bytes counted by the gate and "
                + $"{depth} by the queues, {keys} idempotency keys");
        }

        foreach (var worker in _engine.Fleet.Workers.Where(worker => worker.Slots.Used != 0))
            _loop.Break($"{worker.Url} has {worker.Slots.Used} slots in use, and nothing runs");
        _promises.CheckExecutions(_fleet.Executions);
    }

    private void Pass(long milliseconds)
    {
        for (var until = _loop.Now + milliseconds; _loop.Now <= until; _loop.AdvanceToNext())
        {
            while (!_loop.IsIdle)
                _loop.RunOne();
        }
    }

    private ScheduleResult Result(int seed) => new(
        seed, _loop.Violation, _loop.Print, [.. _loop.Trace], _promises.Tasks.Count, _fleet.Executions.Count,
        _life.Number, _loop.Turns);

    /// <summary>An actor of the engine must not fail, whatever the world does.</summary>
    private sealed class Watcher(SimulationLoop loop) : ILogger
    {
        private const int ActorFailed = 1;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            if (eventId.Id == ActorFailed)
                loop.Break($"{formatter(state, exception)} {exception}");
        }
    }
}

/// <summary>What a schedule came to.</summary>
/// <param name="Seed">Replays it.</param>
/// <param name="Violation">The first broken promise; null when all held.</param>
/// <param name="Print">Differs when anything went another way.</param>
/// <param name="Trace">The newest events.</param>
/// <param name="Tasks">Tasks that were sent.</param>
/// <param name="Executions">Executions that workers began.</param>
/// <param name="Lives">Runs of the engine.</param>
/// <param name="Turns">Turns and continuations.</param>
internal sealed record ScheduleResult(
    int Seed, string? Violation, ulong Print, IReadOnlyList<string> Trace, int Tasks, int Executions, int Lives,
    long Turns)
{
    public override string ToString() => $"""
        Seed {Seed}: {Violation}
        {string.Join('\n', Trace)}
        To replay: SIMULATION_SEED={Seed} dotnet test tests/Engine.Tests --filter FullyQualifiedName~SimulationTests
        """;
}
