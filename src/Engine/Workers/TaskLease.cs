using System.Runtime.InteropServices;

namespace ActorBalancer.Engine.Workers;

/// <summary>A task given to a worker for one attempt.</summary>
/// <param name="Token">Grows with every lease of the queue; only its newest may end a task.</param>
/// <param name="Attempt">From 1.</param>
/// <param name="DeadlineMilliseconds">When the queue will end the attempt, in Unix milliseconds.</param>
/// <param name="TraceParent">The <c>traceparent</c> of the attempt's span; null when it has none.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TaskLease(
    long Token, int Attempt, long DeadlineMilliseconds, string? TraceParent = null);
