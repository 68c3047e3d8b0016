namespace ActorBalancer.Api.Status;

/// <summary>An alert as it is shown. Immutable.</summary>
/// <param name="AtMilliseconds">When, in Unix milliseconds.</param>
/// <param name="Kind">What happened, in snake case.</param>
/// <param name="Pool">The pool; null when it is about none.</param>
/// <param name="Backend">The backend, or the node; null likewise.</param>
/// <param name="Url">Its address, or that of Redis; null likewise.</param>
/// <param name="Reason">What was seen, for people.</param>
internal sealed record AlertEntry(
    long AtMilliseconds, string Kind, string? Pool, string? Backend, string? Url, string Reason);
