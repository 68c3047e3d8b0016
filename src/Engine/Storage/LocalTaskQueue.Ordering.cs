using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage;

/// <summary>Tasks with an ordering key: only the one that holds it is pending, the others wait in its line.</summary>
internal sealed partial class LocalTaskQueue
{
    private readonly OrderingLines _lines = new();

    /// <summary>True when the task may be among the pending ones; otherwise it has been put in line.</summary>
    private bool HasItsTurn(QueuedTask task) => task.Options.OrderingKey is null || _lines.Enter(task);

    /// <summary>Says that a task that was queued has just ended, in whichever place it was.</summary>
    private void NoteQueuedEnded(QueuedTask task, int recordState)
    {
        if (task.Options.OrderingKey is null || _lines.Holds(task))
            _pending.NoteEnded((recordState & TaskRecord.Held) != 0);
        else
            _lines.NoteEnded(task);
    }

    /// <summary>The task has ended: its key goes to the next in line, which can be leased from now on.</summary>
    private void PassKeyOn(QueuedTask task)
    {
        if (task.Options.OrderingKey is not null && _lines.Release(task) is { } next)
            _pending.Push(next);
    }
}
