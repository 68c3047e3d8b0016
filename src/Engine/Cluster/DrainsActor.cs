using ActorBalancer.Actors;
using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Workers;

namespace ActorBalancer.Engine.Cluster;

/// <summary>What the drains actor understands.</summary>
internal abstract record DrainsMessage;

/// <summary>Somebody asks the owner of a worker to look at it.</summary>
internal sealed record LookAtWorker(string Url) : DrainsMessage;

/// <summary>Time to look, since news may be lost.</summary>
internal sealed record LookAtDrains : DrainsMessage;

/// <summary>What the store says, or null and why it could not be asked.</summary>
internal sealed record DrainsRead(IReadOnlyCollection<string>? Urls) : DrainsMessage;

/// <summary>Makes this node's workers be as the shared store says: which of them get no new tasks. What is told of a
/// worker hurries that up, and has its health asked at once.</summary>
internal sealed class DrainsActor(EngineContext engine, ISharedTaskStore store, TimeSpan period)
    : Actor<DrainsMessage>
{
    private const string Timer = "look";

    private bool _reading;
    private bool _readAgain;

    protected override ValueTask PreStartAsync()
    {
        Context.Timers.StartPeriodic(Timer, new LookAtDrains(), period);
        return default;
    }

    protected override ValueTask OnReceiveAsync(DrainsMessage message)
    {
        switch (message)
        {
            case LookAtWorker look:
                if (engine.Fleet.Find(look.Url) is { } target)
                    target.Actor.Tell(new LookNow(null));
                Read();
                break;
            case LookAtDrains:
                Read();
                break;
            case DrainsRead read:
                Take(read);
                break;
        }

        return default;
    }

    private void Read()
    {
        _readAgain = _reading;
        if (_reading)
            return;
        _reading = true;
        Context.PipeToSelf(
            store.ReadDrainsAsync().AsTask(),
            static urls => new DrainsRead(urls),
            static _ => new DrainsRead(null));
    }

    // What cannot be read now stays as it was.
    private void Take(DrainsRead read)
    {
        _reading = false;
        if (read.Urls is { } urls && !engine.Drains.Urls.SetEquals(urls))
        {
            engine.Drains.Replace(urls);
            foreach (var target in engine.Fleet.Targets)
                target.Actor.Tell(ReviewDrain.Instance);
        }

        if (_readAgain)
            Read();
    }
}
