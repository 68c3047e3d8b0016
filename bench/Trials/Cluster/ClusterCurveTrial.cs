using System.Diagnostics;

namespace ActorBalancer.Trials.Cluster;

/// <summary>Tasks a second, and the time from a post to the start at the worker, over 1, 2, 4 and 8 workers of one
/// master. Each task sleeps, so that workers and not this machine's processors are what is added.</summary>
internal sealed class ClusterCurveTrial : Trial
{
    private const int SleepMilliseconds = 50;
    private const int Slots = 4;
    private const double ScalesAtLeast = 0.7;
    private static readonly TimeSpan Warmup = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(6);

    /// <inheritdoc/>
    public override string Name => "cluster-curve";

    /// <inheritdoc/>
    public override bool IsInShortRun => false;

    /// <inheritdoc/>
    public override int TriesMax => 2;

    /// <inheritdoc/>
    public override async Task<TrialResult> RunAsync(TrialSettings settings)
    {
        var notes = new List<string>
        {
            $"{SleepMilliseconds} ms a task, {Slots} slots a worker, one master, one API node",
        };
        var (first, isGood, attempted, acked) = (0.0, true, 0L, 0L);
        foreach (var workers in (int[])[1, 2, 4, 8])
        {
            await using var rig = await ClusterRig.StartAsync(new ClusterRigOptions
            {
                Modes = ["worker", "master"],
                Workers = workers,
                Slots = Slots,
            });
            await FillAsync(rig, workers * Slots, Warmup);
            var begin = DateTime.UtcNow;
            var watch = Stopwatch.StartNew();
            await FillAsync(rig, workers * Slots, Span);
            var took = watch.Elapsed;
            var waits = rig.Runs.Where(run => run.StartedAt >= begin)
                .Select(run => run.StartedAt - rig.Ledger.FindMark(run.Mark)!.PostedAt).Order().ToList();
            var rate = waits.Count / took.TotalSeconds;
            first = workers == 1 ? rate : first;
            isGood &= rate >= first * workers * ScalesAtLeast;
            attempted += rig.Ledger.Posted.Count();
            acked += rig.Ledger.AckedCount;
            notes.Add(
                $"{workers} workers: {rate:0} tasks/s ({rate / first:0.0} times one), dispatch p50 " +
                $"{At(waits, 0.5):0.0} ms, p99 {At(waits, 0.99):0.0} ms");
            await Console.Error.WriteLineAsync(notes[^1]);
        }

        return new TrialResult
        {
            Trial = Name,
            Seeds = "-",
            Attempted = attempted,
            Acked = acked,
            Pass = isGood,
            Notes = notes,
        };
    }

    // As many posts under way as there are slots, each waiting for its result.
    private static async Task FillAsync(ClusterRig rig, int slots, TimeSpan span)
    {
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, slots).Select(connection => Task.Run(async () =>
        {
            while (watch.Elapsed < span)
            {
                var entry = rig.Ledger.Add(false);
                var answer = await rig.ClientOf(connection).PostAsync(
                    "{\"group\":\"hello\",\"contract\":1,\"function\":\"sleep\",\"input\":{\"ms\":" +
                    $"{SleepMilliseconds},\"id\":\"{entry.Mark}\"}}}}");
                if (answer.IsGood)
                    rig.Ledger.Acknowledge(entry, entry.Mark);
            }
        })));
    }

    private static double At(List<TimeSpan> sorted, double part) =>
        sorted.Count == 0 ? 0 : sorted[(int)((sorted.Count - 1) * part)].TotalMilliseconds;
}
