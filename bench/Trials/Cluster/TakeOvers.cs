namespace ActorBalancer.Trials.Cluster;

/// <summary>How long it took until what a killed node ran was run again.</summary>
internal static class TakeOvers
{
    /// <summary>From each kill to the second start of the tasks that ran then, in order of length.</summary>
    public static IReadOnlyList<TimeSpan> Of(ClusterRig rig)
    {
        var times = new List<TimeSpan>();
        foreach (var ofTask in rig.Runs.GroupBy(static run => run.TaskId, StringComparer.Ordinal))
        {
            var all = ofTask.OrderBy(static run => run.StartedAt).ToList();
            for (var number = 1; number < all.Count; number++)
            {
                var kill = rig.Kills.FirstOrDefault(kill => kill >= all[number - 1].StartedAt);
                if (kill != default && kill <= all[number].StartedAt)
                    times.Add(all[number].StartedAt - kill);
            }
        }

        times.Sort();
        return times;
    }

    /// <summary>The same in words.</summary>
    public static string Describe(ClusterRig rig)
    {
        var times = Of(rig);
        return times.Count == 0
            ? "nothing to take over"
            : $"{times.Count} tasks taken over, from the kill to the next run: median " +
              $"{times[times.Count / 2].TotalSeconds:0.00} s, longest {times[^1].TotalSeconds:0.00} s";
    }
}
