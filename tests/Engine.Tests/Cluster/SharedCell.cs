using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Tests.Cluster;

/// <summary>A task as it lies in <see cref="SharedMemory"/>; guarded by its lock.</summary>
internal sealed class SharedCell(QueuedTask first, long sequence)
{
    public QueuedTask First { get; } = first;

    public TaskId Id => First.Id;

    public long Sequence { get; } = sequence;

    public byte[]? Body { get; } = first.Body;

    public TaskState State { get; set; }

    public int Attempt { get; set; } = first.Attempt;

    public long Token { get; set; }

    public string? Node { get; set; }

    public long Due { get; set; }

    public AttemptRecord[]? History { get; set; } = first.History;

    public AttemptRecord? Running { get; set; }

    public List<TaskEvent> Events { get; } = [];

    public bool IsWatched { get; set; }

    public TaskEnd? End { get; set; }

    public WebhookDelivery? Delivery { get; set; }

    /// <summary>Until when nobody else takes the delivery.</summary>
    public long DeliveryTakenUntil { get; set; }

    public long DeliverySpan { get; set; } = DeliveryHold.Milliseconds;

    public long KeptUntil { get; set; }

    public bool IsEnded => TaskTransitions.IsFinal(State);

    /// <summary>An object of its own for the node that leases it.</summary>
    public QueuedTask Lease() => new()
    {
        Id = Id,
        Queue = First.Queue,
        Function = First.Function,
        Priority = First.Priority,
        CreatedAtMilliseconds = First.CreatedAtMilliseconds,
        Durability = First.Durability,
        WorkerKey = First.WorkerKey,
        Options = First.Options,
        TraceParent = First.TraceParent,
        Caller = First.Caller,
        BodyBytes = First.BodyBytes,
        History = History,
        Body = Body,
        Sequence = Sequence,
        Attempt = Attempt,
        LeaseToken = Token,
        State = TaskState.Running,
    };

    public SharedTask Show(bool withBody, bool withResult = true)
    {
        var snapshot = Snapshot();
        return new SharedTask(
            new ArchivedTask
            {
                Snapshot = withResult ? snapshot : snapshot with { Result = null },
                Options = First.Options,
                Body = withBody ? Body : null,
                WorkerKey = First.WorkerKey,
                TraceParent = First.TraceParent,
                Attempt = Attempt,
                Events = [.. Events],
            },
            Token,
            Node,
            First.Caller);
    }

    public TaskSnapshot Snapshot()
    {
        AttemptRecord[] attempts = Running is null ? History ?? [] : [.. History ?? [], Running];
        return new TaskSnapshot
        {
            Id = Id,
            State = State,
            Queue = First.Queue,
            Function = First.Function,
            Priority = First.Priority,
            Mode = First.Options.Mode,
            Tags = First.Options.Tags,
            OrderingKey = First.Options.OrderingKey,
            CreatedAtMilliseconds = First.CreatedAtMilliseconds,
            DueAtMilliseconds = Due > 0 ? Due : First.Options.RunAtMilliseconds,
            StartedAtMilliseconds =
                attempts.FirstOrDefault(attempt => attempt.StartedAtMilliseconds > 0)?.StartedAtMilliseconds ?? 0,
            Attempts = attempts,
            FinishedAtMilliseconds = End?.AtMilliseconds ?? 0,
            KeptUntilMilliseconds = End is null || Delivery is { State: WebhookDeliveryState.Pending } ? 0 : KeptUntil,
            Result = End?.Result,
            ResultContentType = End?.ResultContentType,
            WorkerStatus = End?.WorkerStatus ?? 0,
            Error = End?.Error,
            Delivery = Delivery,
        };
    }
}
