using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage;

/// <summary>How tasks leave the queue: by their end, or because their commit was refused.</summary>
internal sealed partial class LocalTaskQueue
{
    /// <summary>Ends a task that is not leased.</summary>
    private ValueTask<bool> TakeOut(QueuedTask task, TaskEnd end)
    {
        var wasDelayed = task.State != TaskState.Queued;
        var ended = End(task, end, out var recordState);
        if (wasDelayed)
            _delayed.NoteEnded();
        else
            NoteQueuedEnded(task, recordState);
        PassKeyOn(task);
        return ended;
    }

    /// <summary>Ends a task.</summary>
    /// <param name="task">The task.</param>
    /// <param name="end">How.</param>
    /// <param name="recordState">Its record's state before that.</param>
    /// <returns>Completes when what is kept of it is on disk.</returns>
    private ValueTask<bool> End(QueuedTask task, TaskEnd end, out int recordState)
    {
        task.MoveTo(end.State);
        recordState = TaskRecord.Unrecorded;
        var ended = new ValueTask<bool>(true);
        if (_journal is null)
        {
            TaskRecord.EndUnrecorded(task);
            _memory!.Keep(task, end);
        }
        else
        {
            recordState = TaskRecord.End(task);
            ended = _journal.EndAsync(task, end, recordState);
        }

        task.Body = null;
        return ended;
    }

    private void RollBackRefused()
    {
        if (_refused.IsEmpty)
            return;
        while (_refused.TryDequeue(out var request))
        {
            foreach (var task in request.Tasks)
                RollBack(task);
        }
    }

    private void RollBack(QueuedTask task)
    {
        if (TaskRecord.HasEnded(task))
            return;
        if (task.LeaseToken != 0)
        {
            // It was leased meanwhile, so it lives on; its record is tried again like that of any other.
            _journal!.Defer(task);
            return;
        }

        _ = TakeOut(task, TaskEnd.Forgotten(TaskState.Dead)).AsTask(); // nothing is kept, nothing to wait for
    }
}
