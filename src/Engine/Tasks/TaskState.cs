namespace ActorBalancer.Engine.Tasks;

/// <summary>Where a task stands. Only its queue moves it.</summary>
public enum TaskState : byte
{
    /// <summary>Waits for a free slot. Left by a lease or by the end of its time. A crash leaves it queued.</summary>
    Queued,

    /// <summary>Leased to a worker. Left by the outcome of the attempt. A crash leaves it queued again.</summary>
    Running,

    /// <summary>An attempt failed; waits for its back-off. A crash leaves it waiting for the same moment.</summary>
    Retrying,

    /// <summary>The worker answered. Final.</summary>
    Succeeded,

    /// <summary>All attempts failed, or the worker refused the request as faulty. Final.</summary>
    Dead,

    /// <summary>Its time ran out before it succeeded. Final.</summary>
    Expired,
}
