using ActorBalancer.Actors;
using ActorBalancer.Engine.Queues;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Protocol;

namespace ActorBalancer.Engine.Workers;

/// <summary>What a worker's actor understands.</summary>
internal abstract record WorkerMessage;

/// <summary>Order of a queue: run this leased task.</summary>
/// <param name="Task">The task.</param>
/// <param name="Lease">Under what it runs: the task may be leased anew before the order is taken up.</param>
/// <param name="Queue">Hears of the end.</param>
internal sealed record RunTask(QueuedTask Task, TaskLease Lease, ActorRef<QueueMessage> Queue) : WorkerMessage;

/// <summary>Order of a queue: end the attempt that runs under this token, its time is over.</summary>
internal sealed record CancelRun(QueuedTask Task, long Token) : WorkerMessage;

/// <summary>The file no longer names the worker.</summary>
internal sealed record Retire : WorkerMessage;

/// <summary>The file names the worker with other members than before.</summary>
internal sealed record Reconfigure(WorkerEntry Entry) : WorkerMessage;

/// <summary>A queue has seen the last task of a retired worker end.</summary>
internal sealed record Drained : WorkerMessage;

/// <summary>Whether it drains may have changed: <see cref="DrainBook"/> says.</summary>
internal sealed record ReviewDrain : WorkerMessage
{
    public static readonly ReviewDrain Instance = new();
}

/// <summary>A queue has seen the last task of a draining worker end.</summary>
internal sealed record DrainEnded : WorkerMessage;

/// <summary>Ask its health at once.</summary>
/// <param name="ReplyTo">Told after the answer to a call that began later than this came; null for nobody.</param>
internal sealed record LookNow(ActorRef<bool>? ReplyTo) : WorkerMessage;

/// <summary>Time for a health call.</summary>
internal sealed record Poll : WorkerMessage;

/// <summary>A health call ended; <paramref name="Health"/> is null when it failed.</summary>
internal sealed record Polled(WorkerHealth? Health, string? Fault) : WorkerMessage;

/// <summary>A status frame came over the session.</summary>
internal sealed record SessionFrame(WorkerStatusFrame Frame) : WorkerMessage;

/// <summary>The session was lost or could not be opened.</summary>
internal sealed record SessionDown(string Reason) : WorkerMessage;

/// <summary>An attempt showed that the worker cannot be reached or takes nothing now.</summary>
internal sealed record Suspect(string Reason) : WorkerMessage;

/// <summary>What the supervisor of all workers understands.</summary>
internal abstract record WorkersMessage;

/// <summary>The workers that the file names now, in its order.</summary>
internal sealed record FleetConfigured(IReadOnlyList<WorkerEntry> Entries) : WorkersMessage;

/// <summary>What the contracts actor understands.</summary>
internal abstract record ContractsMessage;

/// <summary>A worker told its interface for the first time, or another than before.</summary>
internal sealed record InterfaceReported(WorkerTarget Target, WorkerInterface Interface, string[] FunctionNames)
    : ContractsMessage;

/// <summary>A worker is gone from the file.</summary>
internal sealed record WorkerLeft(WorkerTarget Target) : ContractsMessage;

/// <summary>The picture of all nodes' workers is new.</summary>
internal sealed record PictureChanged : ContractsMessage;
