using System.Collections.Concurrent;
using ActorBalancer.Actors;
using ActorBalancer.Engine.Alerts;
using ActorBalancer.Engine.Proxying;
using ActorBalancer.Engine.Proxying.Options;
using ActorBalancer.Testing;
using Microsoft.Extensions.Logging;
using Shouldly;

namespace ActorBalancer.Engine.Tests.Proxying;

/// <summary>A proxy with one pool on a clock that stands still, whose backends are as healthy as the test says.
/// </summary>
internal sealed class PoolHarness : IAsyncDisposable
{
    private const int CheckedEvent = 613;

    private readonly ConcurrentDictionary<string, bool> _down = new();
    private readonly ConcurrentQueue<Alert> _alerts = new();
    private readonly ActorSystem _system;

    private PoolHarness()
    {
        _system = new ActorSystem("pool-test", new ActorSystemOptions { Time = Time });
        _system.EventStream.Subscribe<Alert>(_alerts.Enqueue);
        Engine = new ProxyEngine(_system, Time, Log, new ProxySeams
        {
            Seed = 1,
            Transport = (_, backend) =>
            {
                var made = new FakeConnections(backend.Id);
                Connections.Enqueue(made);
                return made;
            },
        });
    }

    public ManualTimeProvider Time { get; } = new();

    public ProxyEngine Engine { get; }

    public CheckLog Log { get; } = new();

    /// <summary>All connections that were made, in their order.</summary>
    public ConcurrentQueue<FakeConnections> Connections { get; } = new();

    public IReadOnlyCollection<Alert> Alerts => _alerts;

    public ProxyPool Pool => Engine.Pools[0];

    /// <summary>Starts a pool; each backend had its first check.</summary>
    public static async Task<PoolHarness> StartAsync(PoolOptions options)
    {
        var harness = new PoolHarness();
        await harness.ApplyAsync(options);
        return harness;
    }

    /// <summary>Starts a pool of backends of which some are down from the start.</summary>
    public static async Task<PoolHarness> StartAsync(PoolOptions options, params string[] down)
    {
        var harness = new PoolHarness();
        foreach (var id in down)
            harness._down[id] = true;
        await harness.ApplyAsync(options);
        return harness;
    }

    /// <summary>A pool without slow start, whose verdicts come with a single check.</summary>
    public static PoolOptions Options(params IReadOnlyList<BackendOptions> backends) => new()
    {
        Name = "web",
        Listener = new ListenerOptions { Port = 0 },
        SlowStart = TimeSpan.Zero,
        Backends = backends,
    };

    public static BackendOptions Of(string id, int weight = 1, int? max = null) => new()
    {
        Id = id,
        Url = new Uri($"http://{id}.test:80"),
        Weight = weight,
        RequestsMax = max,
        Owner = $"{id}@owners.test",

        // The clock of the test may be far ahead of the threads that check: no check times out by it.
        Health = new HealthOptions { Fall = 1, Rise = 1, Timeout = TimeSpan.FromHours(1) },
    };

    /// <summary>The answer of checks from now on.</summary>
    public void SetHealth(string id, bool isUp) => _down[id] = !isUp;

    public Task ApplyAsync(params IReadOnlyList<PoolOptions> pools) => Engine.ApplyAsync(
        new ProxyOptions { Pools = [.. pools.Select(WithChecks)] }, CancellationToken.None)
        .AsTask().WaitAsync(TestSignal.Guard);

    /// <summary>Lets one interval pass, and waits until so many checks have been taken in.</summary>
    public async Task CheckAsync(int checks)
    {
        var wanted = Log.CountOf(CheckedEvent) + checks;
        Time.Advance(new HealthOptions().Interval);
        await Log.WaitForAsync(CheckedEvent, wanted);
    }

    /// <summary>Flips the health of a backend and waits until a check has seen it.</summary>
    public async Task FlipAsync(string id, bool isUp)
    {
        SetHealth(id, isUp);
        await CheckAsync(Pool.Status().Backends.Count(static one => !(one.IsRemoved && one.IsDrained)));
        StatusOf(id).IsHealthy.ShouldBe(isUp);
    }

    /// <summary>Returns when the pool's actor has handled all that it was told until now, and the timers that fell due
    /// until now.</summary>
    public async Task SettleAsync()
    {
        // A timer that has fallen due waits until the actor looks for it between two messages, and then gets its place
        // behind those that stand in the mailbox. So it may come after an order that was about to be handled when it
        // fell due, and after the next one, which came in before the look; it never comes after the third.
        for (var order = 0; order < 3; order++)
            (await Pool.OrderAsync("nobody", BackendState.Active)).ShouldBe(OrderAnswer.Unknown);
    }

    public async Task OrderAsync(string id, BackendState state) =>
        (await Pool.OrderAsync(id, state)).ShouldBe(OrderAnswer.Done);

    /// <summary>Lets time pass in steps, as it does, so that the actor keeps up with its timers.</summary>
    public async Task PassAsync(TimeSpan time, TimeSpan step)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += step)
        {
            Time.Advance(step);
            await SettleAsync();
        }
    }

    public Backend Find(string id) => Pool.Find(id).ShouldNotBeNull();

    public BackendStatus StatusOf(string id) => Pool.Status().Backends.First(one => one.Options.Id == id);

    /// <summary>Enters, which must succeed at once.</summary>
    public Backend Enter(PickRequest request = default)
    {
        var pick = TryEnter(request);
        pick.Kind.ShouldBe(PickKind.Entered);
        return pick.Backend!;
    }

    /// <summary>Tries to enter, which must be decided at once.</summary>
    public Pick TryEnter(PickRequest request = default)
    {
        var entering = BeginEnter(request);
        entering.IsCompleted.ShouldBeTrue();
        return entering.GetAwaiter().GetResult();
    }

    /// <summary>Begins to enter.</summary>
    public Task<Pick> BeginEnter(PickRequest request = default, CancellationToken cancellationToken = default) =>
        Pool.EnterAsync(request, cancellationToken).AsTask();

    /// <summary>The backends of requests that each end before the next.</summary>
    public string[] Turns(int count)
    {
        var turns = new string[count];
        for (var index = 0; index < count; index++)
        {
            var backend = Enter();
            turns[index] = backend.Id;
            Pool.Leave(backend);
        }

        return turns;
    }

    /// <summary>Has attempts at a backend seen, and the pool's actor decide on them.</summary>
    public Task SeeAsync(string id, int times, AttemptKind kind, int status = 0) =>
        SeeAsync(id, times, new AttemptResult(kind, status, TimeSpan.FromMilliseconds(1)));

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        await _system.DisposeAsync();
    }

    private async Task SeeAsync(string id, int times, AttemptResult result)
    {
        for (var time = 0; time < times; time++)
            Find(id).Observe(result);
        await SettleAsync();
    }

    private PoolOptions WithChecks(PoolOptions pool) => pool with
    {
        Backends =
        [
            .. pool.Backends.Select(backend => backend.Health.Check is not null
                ? backend
                : backend with { Health = backend.Health with { Check = Check } }),
        ],
    };

    private ValueTask<bool> Check(BackendOptions backend, CancellationToken cancellationToken) =>
        new(!_down.GetValueOrDefault(backend.Id));

    /// <summary>Connections that only know whether they were given up.</summary>
    internal sealed class FakeConnections(string id) : HttpMessageInvoker(new SocketsHttpHandler())
    {
        public string Id => id;

        public bool IsDisposed { get; private set; }

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }

    /// <summary>Counts what is logged, and lets a test wait for it.</summary>
    internal sealed class CheckLog : ILogger
    {
        private readonly Lock _lock = new();

        /// <summary>Guarded by the lock.</summary>
        private readonly List<(int Id, LogLevel Level, string Text)> _lines = [];
        private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public IReadOnlyList<(int Id, LogLevel Level, string Text)> Lines
        {
            get
            {
                lock (_lock)
                    return [.. _lines];
            }
        }

        public int CountOf(int eventId) => Lines.Count(line => line.Id == eventId);

        public async Task WaitForAsync(int eventId, int count)
        {
            while (true)
            {
                Task next;
                lock (_lock)
                    next = _next.Task;
                var found = CountOf(eventId);
                if (found >= count)
                    return;
                try
                {
                    await next.WaitAsync(TestSignal.Guard);
                }
                catch (TimeoutException exception)
                {
                    throw new TimeoutException($"Expected {count} log events {eventId}, found {found}.", exception);
                }
            }
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            TaskCompletionSource written;
            lock (_lock)
            {
                _lines.Add((eventId.Id, logLevel, $"{formatter(state, exception)}{exception}"));
                written = _next;
                _next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            written.SetResult();
        }
    }
}
