using ActorBalancer.Actors;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Webhooks;

/// <summary>What the deliverer of results understands.</summary>
internal abstract record WebhookMessage;

/// <summary>The result of an archived task is to be delivered.</summary>
/// <param name="Id">The task.</param>
/// <param name="Tries">Tries made before.</param>
/// <param name="DueAtMilliseconds">Unix milliseconds of the next try; the past for at once.</param>
internal sealed record Deliver(TaskId Id, int Tries, long DueAtMilliseconds) : WebhookMessage;

/// <summary>The engine stops: begin no call any more, and reply when those under way have ended and are written.
/// </summary>
internal sealed record RestDeliveries(ActorRef<bool> ReplyTo) : WebhookMessage;

/// <summary>Deliveries that other nodes may make have been given up, or could not be.</summary>
internal sealed record DeliveriesLeft(Exception? Fault) : WebhookMessage;

/// <summary>The earliest delivery has fallen due.</summary>
internal sealed record DeliveryDue : WebhookMessage
{
    public static readonly DeliveryDue Instance = new();
}

/// <summary>The archive answered what it knows of a task, or could not be read.</summary>
internal sealed record DeliveryRead(Delivery Delivery, ArchivedTask? Task, Exception? Fault) : WebhookMessage;

/// <summary>A call has ended; without a result it was broken off.</summary>
internal sealed record DeliveryCalled(Delivery Delivery, ArchivedTask Task, WebhookResult? Result, Exception? Fault)
    : WebhookMessage;

/// <summary>How a delivery stands is on disk, or could not be written.</summary>
internal sealed record DeliverySaved(DeliveryChange Change, Exception? Fault) : WebhookMessage;

/// <summary>Time to write again what could not be written.</summary>
internal sealed record SaveAgain(DeliveryChange Change) : WebhookMessage;

/// <summary>What is to be written of a delivery.</summary>
internal sealed record DeliveryChange(Delivery Delivery, WebhookDelivery State, long KeptUntilMilliseconds);
