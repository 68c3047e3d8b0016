namespace ActorBalancer.Engine.Tasks;

/// <summary>One attempt of a task, as it is shown and kept.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Worker">URL of the worker; null when a crash took the knowledge.</param>
/// <param name="StartedAtMilliseconds">Unix milliseconds; 0 when a crash took the knowledge.</param>
/// <param name="EndedAtMilliseconds">Unix milliseconds; 0 while it runs.</param>
/// <param name="Error">Why it failed; null while it runs and when it succeeded.</param>
public sealed record AttemptRecord(
    int Number, string? Worker, long StartedAtMilliseconds, long EndedAtMilliseconds, string? Error);
