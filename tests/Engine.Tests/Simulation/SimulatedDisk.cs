using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Tests.Simulation;

/// <summary>What survives the end of a life: exactly what was committed.</summary>
internal sealed class SimulatedDisk(SimulationLoop loop)
{
    /// <summary>Share of transactions that fail.</summary>
    public double FaultShare { get; set; }

    /// <summary>Longest transaction in milliseconds.</summary>
    public int SlowestWrite { get; set; } = 20;

    public Dictionary<TaskId, QueuedTask> Tasks { get; } = [];

    /// <summary>Ended tasks; its clock stands, because nothing here is deleted by hand or grows old.</summary>
    public MemoryArchive Archive { get; } = new(TimeProvider.System);

    public Dictionary<QueueKey, IReadOnlyCollection<string>> Functions { get; } = [];

    public Dictionary<QueueKey, long> Pauses { get; } = [];

    public HashSet<string> Drains { get; } = [];

    /// <summary>Counts openings: tokens of a later life are greater.</summary>
    public long Epoch { get; set; }

    public long LastSequence { get; set; }

    public bool Fails() => loop.Chance(FaultShare);

    /// <summary>Writes a task as it stands, or as it must run again.</summary>
    public void Put(QueuedTask task, byte[]? body)
    {
        var wasLeased = task.LeaseToken != 0 || task.State == TaskState.Retrying;
        Tasks[task.Id] = Copy(
            task, body, wasLeased && task.DueAtMilliseconds > 0 ? TaskState.Retrying : TaskState.Scheduled);
        LastSequence = Math.Max(LastSequence, task.Sequence);
    }

    /// <summary>What a life finds when it opens the disk; objects of its own.</summary>
    public List<QueuedTask> Read() =>
        [.. Tasks.Values.OrderBy(task => task.Sequence).Select(task => Copy(task, task.Body, task.State))];

    public static QueuedTask Copy(QueuedTask task, byte[]? body, TaskState state) => new()
    {
        Id = task.Id,
        Queue = task.Queue,
        Function = task.Function,
        Priority = task.Priority,
        CreatedAtMilliseconds = task.CreatedAtMilliseconds,
        Durability = task.Durability,
        WorkerKey = task.WorkerKey,
        Options = task.Options,
        TraceParent = task.TraceParent,
        BodyBytes = task.BodyBytes,
        History = task.History,
        Body = body,
        Sequence = task.Sequence,
        Attempt = task.Attempt,
        DueAtMilliseconds = task.DueAtMilliseconds,
        State = state,
    };
}
