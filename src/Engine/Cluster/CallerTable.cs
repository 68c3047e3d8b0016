using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Cluster;

/// <summary>The callers who wait at this node for tasks that any node may run. Thread-safe.</summary>
internal sealed class CallerTable
{
    /// <summary>Gives a caller the outcome of its task, or the stream of its answer.</summary>
    /// <returns>False when nobody waits for that task here (any more): the outcome has been disposed.</returns>
    public bool Complete(TaskId id, TaskOutcome outcome) => throw new NotSupportedException($"{id} {outcome.Kind} {GetHashCode()}");
}
