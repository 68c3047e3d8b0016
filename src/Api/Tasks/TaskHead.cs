using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Api.Tasks;

/// <summary>The members of a task's JSON that decide its way; all checked.</summary>
internal readonly struct TaskHead
{
    /// <summary>1 to 256 characters.</summary>
    public required string Group { get; init; }

    /// <summary>1 to 256 characters.</summary>
    public required string Function { get; init; }

    /// <summary>0 to <see cref="int.MaxValue"/>.</summary>
    public required int Contract { get; init; }

    /// <summary>1 (highest) to <see cref="TaskLimits.PriorityMax"/>; 1 when absent.</summary>
    public required int Priority { get; init; }

    /// <summary><see cref="TaskMode.Sync"/> when absent.</summary>
    public required TaskMode Mode { get; init; }
}
