using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Queues;

/// <summary>Makes the tasks that come into a queue: new ones, and ended ones that come back by hand.</summary>
internal static class QueuedTasks
{
    /// <summary>A new task.</summary>
    /// <param name="request">What its sender asks for.</param>
    /// <param name="queue">The name of its queue, the object that all tasks of it share.</param>
    /// <param name="id">Its id.</param>
    /// <param name="now">The moment of the id, in Unix milliseconds.</param>
    /// <param name="durability">When its sender may be told.</param>
    /// <param name="caller">The node of a cluster whose client waits for it; null without a cluster, and when nobody
    /// waits.</param>
    public static QueuedTask New(
        TaskRequest request, QueueKey queue, TaskId id, long now, TaskDurability durability, string? caller = null)
    {
        // The clock cuts milliseconds off: one more keeps a task from starting a part of one too early.
        var due = request.DelayMilliseconds > 0
            ? now + request.DelayMilliseconds + 1
            : request.RunAtMilliseconds > now ? request.RunAtMilliseconds : 0;
        return new QueuedTask
        {
            Id = id,
            Queue = queue,
            Function = request.Function,
            Priority = request.Priority,
            CreatedAtMilliseconds = now,
            Durability = durability,
            WorkerKey = request.WorkerKey,
            Options = due > 0 ? request.Options with { RunAtMilliseconds = due } : request.Options,
            TraceParent = request.TraceParent,
            Caller = caller,
            Body = request.Body,
            BodyBytes = request.Body.Length,
            DueAtMilliseconds = due,
        };
    }

    /// <summary>An ended task that somebody retries by hand.</summary>
    public static QueuedTask Revived(ArchivedTask archived, byte[] body) => new()
    {
        Id = archived.Snapshot.Id,
        Queue = archived.Snapshot.Queue,
        Function = archived.Snapshot.Function,
        Priority = archived.Snapshot.Priority,
        CreatedAtMilliseconds = archived.Snapshot.CreatedAtMilliseconds,
        Durability = TaskDurability.Committed,
        WorkerKey = archived.WorkerKey,
        TraceParent = archived.TraceParent,
        Body = body,
        BodyBytes = body.Length,
        State = archived.Snapshot.State,
        WasArchived = true,
        Attempt = archived.Attempt,
        History = [.. archived.Snapshot.Attempts],

        // Its first time to live was for its first life. A sync task has no caller any more: whoever retries it by
        // hand finds its result like that of an async one.
        Options = archived.Options with
        {
            TimeToLiveMilliseconds = null,
            RunAtMilliseconds = 0,
            AttemptsBefore = archived.Attempt,
            Mode = archived.Options.Mode is TaskMode.Webhook ? TaskMode.Webhook : TaskMode.Async,
        },
    };
}
