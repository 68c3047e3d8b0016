using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Tests.Simulation;

/// <summary>A lease as the store gave it.</summary>
internal sealed record Lease(long Token, int Attempt, long At, long CreatedAt);

/// <summary>A task as its sender knows it.</summary>
internal sealed class ClientTask
{
    /// <summary>Also its whole body: by it the worker's and the store's side are matched.</summary>
    public required int Number { get; init; }

    public required TaskRequest Request { get; init; }

    /// <summary>Before this moment it must not start.</summary>
    public required long DueAt { get; init; }

    public TaskOptions Options => Request.Options;

    public bool IsSync => Options.Mode == TaskMode.Sync;

    /// <summary>Known from the first acknowledgement on.</summary>
    public TaskId? Id { get; set; }

    /// <summary>The balancer has said that it is on disk.</summary>
    public bool IsAcknowledged { get; set; }

    /// <summary>Somebody has asked for its cancellation, or for that of its call.</summary>
    public bool WasCancelled { get; set; }

    /// <summary>Orders to retry it, answered or not.</summary>
    public List<long> RevivedAt { get; } = [];

    /// <summary>Since when its sender knows for sure that it has ended; null while it does not.</summary>
    public long? EndedSince { get; set; }

    /// <summary>The final state that was told.</summary>
    public TaskState? ToldState { get; set; }

    public List<Lease> Leases { get; } = [];

    public override string ToString() =>
        $"task {Number} ({Options.Mode}, priority {Request.Priority}, due {DueAt}, "
        + $"ttl {Options.TimeToLiveMilliseconds}, "
        + $"timeout {Options.TimeoutMilliseconds}, attempts {Options.Attempts}, "
        + $"ordering key {Options.OrderingKey}, key {Options.Idempotency is not null})";
}
