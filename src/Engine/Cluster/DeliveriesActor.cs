using ActorBalancer.Actors;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Webhooks;

namespace ActorBalancer.Engine.Cluster;

/// <summary>What the taker of shared deliveries understands.</summary>
internal abstract record DeliveriesMessage;

/// <summary>Time to look for deliveries that are due and that nobody makes.</summary>
internal sealed record TakeDue : DeliveriesMessage;

/// <summary>A look has ended; <paramref name="Fault"/> says what went wrong, null when nothing did.</summary>
internal sealed record DueTaken(QueueKey Queue, string? Fault) : DeliveriesMessage;

/// <summary>Take no more.</summary>
internal sealed record StopTaking : DeliveriesMessage;

/// <summary>
/// Takes deliveries of a shared store for this node's <see cref="WebhooksActor"/>: those of nodes that died before they
/// had made them. The node under which a task ended makes its delivery at once, without this.
/// </summary>
internal sealed class DeliveriesActor(EngineContext engine, ISharedTaskStore store) : Actor<DeliveriesMessage>
{
    /// <summary>Most deliveries taken of one queue in one look: what waits longer is left to others.</summary>
    private const int TakenMax = 64;

    private const int SideBySide = 64;
    private const string TakeTimer = "take";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private string? _fault;
    private bool _stopped;

    protected override ValueTask PreStartAsync()
    {
        Rest();
        return ValueTask.CompletedTask;
    }

    protected override ValueTask OnReceiveAsync(DeliveriesMessage message)
    {
        switch (message)
        {
            case TakeDue:
                Context.PipeToSelf(
                    TakeAllAsync(), static taken => taken, static fault => new DueTaken(default, fault.Message));
                break;
            case DueTaken taken:
                // The same fault at every look is told once.
                if (taken.Fault is not null && taken.Fault != _fault)
                    ClusterQueueLog.DeliveriesFailed(engine.Logger, taken.Queue, taken.Fault);
                _fault = taken.Fault;
                Rest();
                break;
            case StopTaking:
                _stopped = true;
                Context.Timers.Cancel(TakeTimer);
                break;
        }

        return ValueTask.CompletedTask;
    }

    // Nodes that started together must not look together for ever.
    private void Rest()
    {
        if (!_stopped)
            Context.Timers.StartSingle(TakeTimer, new TakeDue(), engine.Jitter.Half(Interval, Interval, 1));
    }

    private async Task<DueTaken> TakeAllAsync()
    {
        var all = new DueTaken(default, null);
        foreach (var keys in store.Queues.Chunk(SideBySide))
        {
            foreach (var one in await Task.WhenAll(keys.Select(TakeAsync)))
                all = one.Fault is null ? all : one;
        }

        return all;
    }

    private async Task<DueTaken> TakeAsync(QueueKey key)
    {
        try
        {
            var now = store.NowMilliseconds;
            var due = await store.GetSharedQueue(key).TakeDeliveriesAsync(
                TakenMax, now, now + DeliveryHold.Milliseconds);
            foreach (var delivery in due)
                engine.Webhooks.Tell(new Deliver(delivery.Id, delivery.Tries, delivery.DueAtMilliseconds));
            return new DueTaken(key, null);
        }
        catch (TaskStoreException exception)
        {
            return new DueTaken(key, exception.Message);
        }
    }
}
