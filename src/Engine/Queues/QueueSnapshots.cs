using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Queues;

/// <summary>Pictures of queues: what the routes say, and a count of the tasks.</summary>
internal static class QueueSnapshots
{
    private static readonly TaskState[] States = Enum.GetValues<TaskState>();

    /// <summary>All queues by group and contract.</summary>
    /// <param name="routes">The queues.</param>
    /// <param name="living">Tasks that have not ended.</param>
    /// <param name="ended">The archive's count.</param>
    /// <param name="nowMilliseconds">Now, in Unix milliseconds.</param>
    public static IReadOnlyList<QueueSnapshot> Of(
        IReadOnlyCollection<QueueRoute> routes,
        IEnumerable<QueuedTask> living,
        IReadOnlyDictionary<(QueueKey Queue, TaskState State), long> ended,
        long nowMilliseconds)
    {
        var tallies = routes.ToDictionary(static route => route.Key, static _ => new Tally());
        foreach (var task in living)
        {
            if (tallies.TryGetValue(task.Queue, out var tally))
                tally.Add(task);
        }

        foreach (var ((queue, state), count) in ended)
        {
            if (tallies.TryGetValue(queue, out var tally))
                tally.Counts[(int)state] = count;
        }

        return
        [
            .. routes
                .Select(route => Of(route, tallies[route.Key], nowMilliseconds))
                .OrderBy(static queue => queue.Key.Group, StringComparer.Ordinal)
                .ThenBy(static queue => queue.Key.Contract),
        ];
    }

    private static QueueSnapshot Of(QueueRoute route, Tally tally, long now) => new()
    {
        Key = route.Key,
        IsPaused = route.PausedUntil is not null,
        PausedUntilMilliseconds = route.PausedUntil is { } until and < long.MaxValue ? until : null,
        Counts = States.ToDictionary(static state => state, state => tally.Counts[(int)state]),
        InPerSecond = route.Rates.InPerSecond,
        OutPerSecond = route.Rates.OutPerSecond,
        OldestAgeMilliseconds = tally.Oldest is long.MaxValue ? null : Math.Max(0, now - tally.Oldest),
    };

    private sealed class Tally
    {
        public long[] Counts { get; } = new long[States.Length];

        public long Oldest { get; private set; } = long.MaxValue;

        public void Add(QueuedTask task)
        {
            Counts[(int)TaskSnapshots.StateOf(task)]++;
            Oldest = Math.Min(Oldest, task.CreatedAtMilliseconds);
        }
    }
}
