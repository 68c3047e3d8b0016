using System.Threading.Channels;

namespace ActorBalancer.Engine.Tasks;

/// <summary>What became of a question or an order about one task.</summary>
public enum TaskAnswerKind : byte
{
    /// <summary>Found; the order is done.</summary>
    Done,

    /// <summary>No task ever had that id, as far as anyone remembers.</summary>
    Unknown,

    /// <summary>There was such a task; its retention is over.</summary>
    Gone,

    /// <summary>The task's state does not allow the order any more, or not yet.</summary>
    TooLate,

    /// <summary>The order's fencing token is not that of the task's running attempt.</summary>
    Stale,

    /// <summary>The balancer cannot do it now: full, stopping, or its store fails.</summary>
    Refused,
}

/// <summary>A task that was asked for.</summary>
/// <param name="Kind"><see cref="TaskAnswerKind.Done"/>, <see cref="TaskAnswerKind.Unknown"/> or
/// <see cref="TaskAnswerKind.Gone"/>.</param>
/// <param name="Task">The task when found.</param>
public readonly record struct TaskLookup(TaskAnswerKind Kind, TaskSnapshot? Task);

/// <summary>The end of an order about one task.</summary>
/// <param name="Kind">What became of it.</param>
/// <param name="State">Where the task stands now; null when it is not there.</param>
/// <param name="Refusal">Why not, for <see cref="TaskAnswerKind.Refused"/>.</param>
public readonly record struct TaskOrderResult(
    TaskAnswerKind Kind, TaskState? State = null, TaskOutcome? Refusal = null);

/// <summary>What a task that was submitted without waiting became.</summary>
/// <param name="Id">The task; the earlier one when an idempotency key was repeated.</param>
/// <param name="Refusal">Why it was not taken; null when it was, and is on disk.</param>
public readonly record struct TaskReceipt(TaskId Id, TaskOutcome? Refusal);

/// <summary>The events of a task from some point on. Belongs to one reader, who disposes it.</summary>
/// <param name="kind"><see cref="TaskAnswerKind.Done"/>, <see cref="TaskAnswerKind.Unknown"/> or
/// <see cref="TaskAnswerKind.Gone"/>.</param>
/// <param name="events">The events; completes after the last one. Before it when the balancer stops, when the reader is
/// too far behind, or when the store refuses the retry that brought the task back: the reader may come again. Null when
/// there is no such task.</param>
/// <param name="unsubscribe">Called once, at the end of the reader's interest; null when nothing is to be done.</param>
public sealed class TaskFollower(TaskAnswerKind kind, ChannelReader<TaskEvent>? events, Action? unsubscribe)
    : IDisposable
{
    private Action? _unsubscribe = unsubscribe;

    /// <summary>Whether the task is there.</summary>
    public TaskAnswerKind Kind => kind;

    /// <summary>The events, in order; null when there is no such task.</summary>
    public ChannelReader<TaskEvent>? Events => events;

    /// <inheritdoc/>
    public void Dispose() => Interlocked.Exchange(ref _unsubscribe, null)?.Invoke();
}
