using ActorBalancer.Actors;

namespace ActorBalancer.Micro.Actors;

/// <summary>Does nothing but to say that it has started or that it has got a message.</summary>
internal sealed class IdleActor(Countdown started) : Actor<Countdown>
{
    protected override ValueTask PreStartAsync()
    {
        started.Signal();
        return default;
    }

    protected override ValueTask OnReceiveAsync(Countdown message)
    {
        message.Signal();
        return default;
    }
}
