namespace ActorBalancer.Engine.Tasks;

/// <summary>Where a task stands. Only its queue moves it; <see cref="TaskTransitions"/> says which moves there are.
/// </summary>
public enum TaskState : byte
{
    /// <summary>Waits for the moment that its sender named. Left when it has come, or by the task's end. A crash leaves
    /// it waiting for the same moment.</summary>
    Scheduled,

    /// <summary>Waits for a free slot. Left by a lease or by the end of its time. A crash leaves it queued.</summary>
    Queued,

    /// <summary>Leased to a worker. Left by the outcome of the attempt. A crash leaves it queued again.</summary>
    Running,

    /// <summary>An attempt failed; waits for its back-off. A crash leaves it waiting for the same moment.</summary>
    Retrying,

    /// <summary>The worker answered. Final.</summary>
    Succeeded,

    /// <summary>All attempts failed, or the worker refused the request as faulty. Final, until somebody retries it by
    /// hand.</summary>
    Dead,

    /// <summary>Somebody called it off. Final, until somebody retries it by hand.</summary>
    Cancelled,

    /// <summary>It did not start within its time to live, and never reached a worker for it. Final.</summary>
    Expired,
}
