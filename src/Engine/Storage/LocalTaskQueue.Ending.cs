using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage;

/// <summary>How tasks leave the queue: by their end, or because their commit was refused.</summary>
internal sealed partial class LocalTaskQueue
{
    private void TakeOut(QueuedTask task, TaskState final)
    {
        var wasDelayed = task.State == TaskState.Retrying;
        var recordState = End(task, final);
        if (wasDelayed)
            _delayed.NoteEnded();
        else
            _pending.NoteEnded((recordState & TaskRecord.Held) != 0);
    }

    /// <summary>Ends a task. Returns its record's state before that.</summary>
    private int End(QueuedTask task, TaskState final)
    {
        task.MoveTo(final);
        var recordState = TaskRecord.Unrecorded;
        if (_journal is null)
        {
            TaskRecord.EndUnrecorded(task);
        }
        else
        {
            recordState = TaskRecord.End(task);
            _journal.End(task, recordState);
        }

        task.Body = null;
        return recordState;
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

        TakeOut(task, TaskState.Dead);
    }
}
