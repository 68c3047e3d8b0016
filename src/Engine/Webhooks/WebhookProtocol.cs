using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Webhooks;

/// <summary>What the deliverer of results understands.</summary>
internal abstract record WebhookMessage;

/// <summary>The result of an archived task is to be delivered.</summary>
/// <param name="Id">The task.</param>
/// <param name="Tries">Tries made before.</param>
/// <param name="DueAtMilliseconds">Unix milliseconds of the next try; the past for at once.</param>
internal sealed record Deliver(TaskId Id, int Tries, long DueAtMilliseconds) : WebhookMessage;
