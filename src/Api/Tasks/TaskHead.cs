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

    /// <summary>True when the member was there.</summary>
    public required bool HasMode { get; init; }

    /// <summary>What else the sender asks for; null when that is nothing. Never null in mode webhook.</summary>
    public required TaskOptions? Options { get; init; }

    /// <summary>0 to 365 days; 0 when absent.</summary>
    public required long DelayMilliseconds { get; init; }

    /// <summary>Unix milliseconds, 1 or more; 0 when absent. Never beside a delay.</summary>
    public required long RunAtMilliseconds { get; init; }
}
