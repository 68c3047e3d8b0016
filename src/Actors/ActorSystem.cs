using ActorBalancer.Actors.Cells;
using ActorBalancer.Actors.Events;

namespace ActorBalancer.Actors;

/// <summary>
/// A tree of actors with a clock, an event stream and a count of dead letters. Usually one a process. All members may
/// be called from any thread.
/// </summary>
public sealed class ActorSystem : IAsyncDisposable
{
    private readonly TaskCompletionSource _terminated = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ActorCell<object> _guardian;
    private readonly Lock _randomLock = new();
    private readonly Random _random;
    private Exception? _failure;

    /// <summary>Makes a system and starts it.</summary>
    /// <param name="name">Of the system, for logs; not empty.</param>
    /// <param name="options">Null for the defaults.</param>
    public ActorSystem(string name, ActorSystemOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        options ??= new ActorSystemOptions();
        Name = name;
        Time = options.Time;
        Throughput = options.Throughput;
        Dispatcher = options.Dispatcher;
        _random = options.Random ?? new Random();
        EventStream = new EventStream();
        DeadLetters = new DeadLetterOffice(EventStream, Time);
        var strategy = options.GuardianStrategy;
        _guardian = new ActorCell<object>(this, null, Props.Create<object>(() => new Guardian(strategy)), "user");
        _guardian.Start();
    }

    /// <summary>The name given to the constructor.</summary>
    public string Name { get; }

    /// <summary>The clock of everything in the system.</summary>
    public TimeProvider Time { get; }

    /// <summary>Events of the actors' lives, dead letters, and whatever the application publishes.</summary>
    public EventStream EventStream { get; }

    /// <summary>Messages since the start that nobody handled; published or not.</summary>
    public long DeadLetterCount => DeadLetters.Count;

    /// <summary>
    /// Ends when all actors have stopped after <see cref="TerminateAsync"/>. Faults with the exception if a failure
    /// that was escalated by <see cref="ActorSystemOptions.GuardianStrategy"/> ended the system.
    /// </summary>
    public Task WhenTerminated => _terminated.Task;

    internal int Throughput { get; }

    internal Dispatcher? Dispatcher { get; }

    internal DeadLetterOffice DeadLetters { get; }

    /// <summary>Makes and starts a top-level actor.</summary>
    /// <param name="props">The recipe.</param>
    /// <param name="name">Not empty, without '/', borne by no other top-level actor, not even a stopping one.</param>
    /// <exception cref="ArgumentException">The name is not allowed or taken.</exception>
    /// <exception cref="InvalidOperationException">The system is terminating.</exception>
    public ActorRef<TMessage> Spawn<TMessage>(Props<TMessage> props, string name) => _guardian.Spawn(props, name);

    /// <summary>
    /// Stops an actor after its current message. The task ends when it and all below it have stopped; at once if they
    /// had before. An actor must not await its own stop in a message: the stop waits for that message.
    /// </summary>
    /// <exception cref="ArgumentException">The actor lives in another system.</exception>
    public Task StopAsync(ActorRef actor)
    {
        ArgumentNullException.ThrowIfNull(actor);
        if (!ReferenceEquals(actor.System, this))
        {
            throw new ArgumentException(
                $"'{actor.Path}' lives in system '{actor.System.Name}', not in '{Name}'; stop it there.",
                nameof(actor));
        }

        var notification = new StopNotification();
        actor.SendSystem(new StopOrder());
        actor.SendSystem(notification);
        return notification.Stopped.Task;
    }

    /// <summary>Stops all actors. May be called again.</summary>
    /// <returns><see cref="WhenTerminated"/>.</returns>
    public Task TerminateAsync()
    {
        _guardian.SendSystem(new StopOrder());
        return WhenTerminated;
    }

    /// <summary>The live tree below the user guardian. Costs nothing but the walk itself.</summary>
    public ActorTreeNode Inspect() => _guardian.Inspect();

    /// <summary>As <see cref="TerminateAsync"/>; but a failure that ended the system is not thrown again.</summary>
    public async ValueTask DisposeAsync() =>
        await TerminateAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <summary>A number of at least 0 and less than 1.</summary>
    internal double NextChance()
    {
        // Random is not safe for threads, and parents decide on restarts side by side. Failures only: no hot path.
        lock (_randomLock) return _random.NextDouble();
    }

    /// <summary>The guardian has nobody to escalate to.</summary>
    internal void OnGuardianFailed(Exception exception)
    {
        Interlocked.CompareExchange(ref _failure, exception, null);
        _guardian.SendSystem(new StopOrder());
    }

    internal void OnGuardianStopped()
    {
        DeadLetters.Dispose();
        if (_failure is null) _terminated.TrySetResult();
        else _terminated.TrySetException(_failure);
    }

    /// <summary>Parent of the top-level actors. It takes no messages.</summary>
    private sealed class Guardian(SupervisorStrategy strategy) : Actor<object>
    {
        protected override SupervisorStrategy SupervisorStrategy => strategy;

        protected override ValueTask OnReceiveAsync(object message) => default;
    }
}
