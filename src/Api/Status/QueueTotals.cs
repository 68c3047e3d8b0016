using System.Runtime.InteropServices;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Api.Status;

/// <summary>The sums over all queues at one moment.</summary>
/// <param name="Count">Queues.</param>
/// <param name="Paused">Those that hand out no tasks, by order.</param>
/// <param name="OldestAgeMilliseconds">Age of the oldest task that has not ended; null when there is none.</param>
/// <param name="Waiting">Tasks that wait for a worker, for the first time or again.</param>
/// <param name="Running">Tasks that run.</param>
/// <param name="Scheduled">Tasks whose time has not come.</param>
/// <param name="DeadKept">Tasks that failed for good and are kept.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct QueueTotals(
    int Count, int Paused, long? OldestAgeMilliseconds, long Waiting, long Running, long Scheduled, long DeadKept)
{
    /// <summary>Adds them up.</summary>
    public static QueueTotals Of(IReadOnlyList<QueueSnapshot> queues)
    {
        var totals = new QueueTotals(queues.Count, 0, null, 0, 0, 0, 0);
        foreach (var queue in queues)
        {
            var counts = queue.Counts;
            totals = totals with
            {
                Paused = totals.Paused + (queue.IsPaused ? 1 : 0),
                OldestAgeMilliseconds = Older(totals.OldestAgeMilliseconds, queue.OldestAgeMilliseconds),
                Waiting = totals.Waiting + Of(counts, TaskState.Queued) + Of(counts, TaskState.Retrying),
                Running = totals.Running + Of(counts, TaskState.Running),
                Scheduled = totals.Scheduled + Of(counts, TaskState.Scheduled),
                DeadKept = totals.DeadKept + Of(counts, TaskState.Dead),
            };
        }

        return totals;
    }

    private static long Of(IReadOnlyDictionary<TaskState, long> counts, TaskState state) =>
        counts.GetValueOrDefault(state);

    private static long? Older(long? one, long? other) => one is null || other > one ? other : one;
}
