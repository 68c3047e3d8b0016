namespace ActorBalancer.Engine.Workers;

/// <summary>The last task of a worker that gets no new ones by an operator's order has ended. Published on the actor
/// system's event stream, by the node that owns the worker.</summary>
/// <param name="Url">The worker.</param>
public sealed record WorkerDrained(string Url);
