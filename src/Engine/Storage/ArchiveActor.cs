using ActorBalancer.Actors;

namespace ActorBalancer.Engine.Storage;

/// <summary>What the keeper of the archive understands.</summary>
internal abstract record ArchiveMessage;

/// <summary>Time to look for what is kept no longer.</summary>
internal sealed record Sweep : ArchiveMessage;

/// <summary>A look has ended.</summary>
internal sealed record Swept(string? Fault) : ArchiveMessage;

/// <summary>Has ended tasks deleted when their retention is over; one look at a time. In a cluster every engine looks,
/// which does no harm: less often, and not together.</summary>
internal sealed class ArchiveActor(EngineContext engine) : Actor<ArchiveMessage>
{
    private const string SweepTimer = "sweep";
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SharedInterval = TimeSpan.FromSeconds(4);
    private string? _fault;

    protected override ValueTask PreStartAsync()
    {
        Context.Timers.StartSingle(SweepTimer, new Sweep(), Rest());
        return ValueTask.CompletedTask;
    }

    protected override ValueTask OnReceiveAsync(ArchiveMessage message)
    {
        switch (message)
        {
            case Sweep:
                Context.PipeToSelf(
                    engine.Store.Archive.SweepAsync(engine.Clock.NowMilliseconds),
                    static _ => new Swept(null),
                    static exception => new Swept(exception.Message));
                break;
            case Swept swept:
                // The same fault at every look is told once.
                if (swept.Fault is not null && swept.Fault != _fault)
                    EngineLog.SweepFailed(engine.Logger, swept.Fault);
                _fault = swept.Fault;
                Context.Timers.StartSingle(SweepTimer, new Sweep(), Rest());
                break;
        }

        return ValueTask.CompletedTask;
    }

    private TimeSpan Rest() =>
        engine.Shared is null ? Interval : engine.Jitter.Half(SharedInterval, SharedInterval, 1);
}
