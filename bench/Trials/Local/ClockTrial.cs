using ActorBalancer.Trials.Rigs;

namespace ActorBalancer.Trials.Local;

/// <summary>Steps the balancer's wall clock by an hour forwards and two backwards under load.</summary>
internal sealed class ClockTrial : Trial
{
    private const string Library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";
    private const int DelayMilliseconds = 6_000;
    /// <summary>The unit of the balancer's clock: it cuts the moment of arrival down to it.</summary>
    private static readonly TimeSpan Unit = TimeSpan.FromMilliseconds(1);

    private static readonly TimeSpan GapMax = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LateMax = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public override string Name => "09-clock-jump";

    /// <inheritdoc/>
    public override bool IsInShortRun => false;

    /// <inheritdoc/>
    public override async Task<TrialResult> RunAsync(TrialSettings settings)
    {
        await using var rig = await Rig.StartAsync();
        await rig.StopBalancerAsync();
        var clock = Path.Combine(rig.Folder, "clock");
        await File.WriteAllTextAsync(clock, "+0\n");

        // Without the last one every timed wait of a thread ends late, which is the tool's doing.
        await rig.StartBalancerAsync(null,
            ("LD_PRELOAD", Library), ("FAKETIME_TIMESTAMP_FILE", clock), ("FAKETIME_NO_CACHE", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"), ("FAKETIME_FORCE_MONOTONIC_FIX", "0"));
        await rig.WaitForWorkersAsync();

        using var stop = new CancellationTokenSource();
        var load = new Load(rig);
        for (var number = 0; number < 50; number++)
            await load.PostAsync(false, 0, DelayMilliseconds);
        var flood = load.RunAsync(int.MaxValue, 4, stop.Token);
        var jumps = new List<DateTime>();
        foreach (var offset in new[] { "+3600", "-3600" })
        {
            await Task.Delay(1_500);
            await File.WriteAllTextAsync(clock, offset + "\n");
            jumps.Add(DateTime.UtcNow);
        }

        await Task.Delay(settings.Short ? 2_000 : 8_000);
        await stop.CancelAsync();
        await flood;
        var verdict = await Verdict.ReachAsync(rig, TimeSpan.FromSeconds(60));
        return Judge(rig, verdict, jumps);
    }

    private TrialResult Judge(Rig rig, Verdict verdict, List<DateTime> jumps)
    {
        var runs = rig.Runs;
        var early = 0;
        var latest = TimeSpan.Zero;
        var earliest = TimeSpan.MaxValue;
        foreach (var run in runs)
        {
            if (rig.Ledger.FindMark(run.Mark) is not { Delay.Ticks: > 0 } entry)
                continue;
            var late = run.StartedAt - entry.PostedAt - entry.Delay;
            if (late < -Unit)
                early++;
            if (late > latest)
                latest = late;
            if (late < earliest)
                earliest = late;
        }

        var starts = runs.Select(static run => run.StartedAt).ToList();
        var gap = jumps.Max(jump => starts.Find(start => start >= jump) is { Ticks: > 0 } next
            ? next - jump
            : TimeSpan.MaxValue);
        return verdict.ToResult(
            Name, "-",
            early == 0 && latest <= LateMax && gap <= GapMax && verdict.Duplicated == 0,
            $"clock +1 h, then -2 h; longest wait for the next run after a jump {gap.TotalMilliseconds:0} ms; delayed " +
            $"tasks early {early}, {earliest.TotalMilliseconds:0.0} to {latest.TotalMilliseconds:0.0} ms after their time");
    }
}
