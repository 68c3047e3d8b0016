using ActorBalancer.Trials.Rigs;

namespace ActorBalancer.Trials.Local;

/// <summary>
/// Kills the balancer with -9 at each stage of a task's life: as it forces the log to the disk (before the commit), as
/// it writes the log (inside the commit), as it sends (between the commit and the answer; on the way to a worker or to
/// a webhook), and at moments of chance (queued, leased, running, ended, delivered).
/// </summary>
internal sealed class KillTrial : Trial
{
    private const int Connections = 16;
    private static readonly TimeSpan KillMax = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan FirstRunMax = TimeSpan.FromSeconds(3);

    // How often a thread makes the call before it is killed there: past the start, within seconds of full load.
    private static readonly (string Call, int Min, int Max)[] Stages =
        [("fsync", 12, 120), ("write", 120, 600), ("sendto", 10, 150), ("", 100, 1_500)];

    /// <inheritdoc/>
    public override string Name => "01-kill-at-each-stage";

    /// <inheritdoc/>
    public override async Task<TrialResult> RunAsync(TrialSettings settings)
    {
        var random = new Random(settings.Seed);
        await using var rig = await Rig.StartAsync();
        using var stop = new CancellationTokenSource();
        var load = new Load(rig).RunAsync(int.MaxValue, Connections, stop.Token);
        var starts = new List<DateTime>();
        var kills = settings.Short ? 1 : 20;
        var missed = 0;
        await rig.KillBalancerAsync();
        foreach (var (call, min, max) in Stages)
        {
            for (var kill = 0; kill < kills; kill++)
            {
                starts.Add(DateTime.UtcNow);
                if (!await KillOnceAsync(rig, call, random.Next(min, max)))
                    missed++;
            }

            await Console.Error.WriteLineAsync($"{Name}: {call} done, acked {rig.Ledger.AckedCount}");
        }

        await rig.StartBalancerAsync();
        await stop.CancelAsync();
        await load;
        await rig.WaitForWorkersAsync();
        var verdict = await Verdict.ReachAsync(rig, TimeSpan.FromSeconds(120));
        var runs = rig.Runs;
        var first = starts.Select(start => runs.FirstOrDefault(run => run.StartedAt > start)?.StartedAt - start)
            .OfType<TimeSpan>().Order().ToList();

        // The short run shares its machine with others: there the time is told, not judged.
        var isFast = settings.Short || (first.Count > 0 && first[first.Count / 2] <= FirstRunMax);
        return verdict.ToResult(
            Name, $"{settings.Seed}", isFast,
            $"{kills} kills at each of {Stages.Length} stages, {missed} by hand since the call did not come; process " +
            $"start to first run: median {Seconds(first, 0.5)}, longest {Seconds(first, 1)} s");
    }

    private static string Seconds(List<TimeSpan> sorted, double part)
        => sorted.Count == 0 ? "-" : $"{sorted[(int)((sorted.Count - 1) * part)].TotalSeconds:0.0}";

    private static async Task<bool> KillOnceAsync(Rig rig, string call, int count)
    {
        if (call.Length == 0)
        {
            await rig.StartBalancerAsync();
            await Task.Delay(count);
            await rig.KillBalancerAsync();
            return true;
        }

        rig.LaunchBalancer(Strace.KillAt(call, count));
        try
        {
            await Poll.UntilAsync(() => Task.FromResult(rig.Balancer.HasExited), KillMax, "the kill");
            rig.Kills.Add(DateTime.UtcNow);
            await rig.Balancer.DisposeAsync();
            return true;
        }
        catch (TrialException)
        {
            await rig.KillBalancerAsync();
            return false;
        }
    }
}
