using ActorBalancer.Trials.Cluster;
using ActorBalancer.Trials.Rigs;

namespace ActorBalancer.Trials.Redis;

/// <summary>Two nodes whose clocks are five minutes apart; then one of them jumps an hour forwards and two backwards,
/// under load.</summary>
internal sealed class SkewTrial : Trial
{
    private const string Library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";
    private const int DelayMilliseconds = 5_000;

    /// <summary>The unit of the engine's clock, and what its measure of Redis' clock may be off by.</summary>
    private static readonly TimeSpan Unit = TimeSpan.FromMilliseconds(2);

    private static readonly TimeSpan LateMax = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public override string Name => "09r-clocks-apart";

    /// <inheritdoc/>
    public override bool IsInShortRun => false;

    /// <inheritdoc/>
    public override async Task<TrialResult> RunAsync(TrialSettings settings)
    {
        await using var rig = await ClusterRig.StartAsync(new ClusterRigOptions { Modes = ["", ""], Workers = 2 });
        using var folder = new Testing.Workers.TemporaryFolder();
        var clock = folder.Combine("clock");
        await File.WriteAllTextAsync(clock, "-300\n");
        var node = rig.Nodes[1];
        await node.StopAsync();
        await node.StartAsync(null,
            ("LD_PRELOAD", Library), ("FAKETIME_TIMESTAMP_FILE", clock), ("FAKETIME_NO_CACHE", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"), ("FAKETIME_FORCE_MONOTONIC_FIX", "0"));
        await rig.WaitForWorkersAsync();

        using var stop = new CancellationTokenSource();
        var load = new Load(rig);
        for (var number = 0; number < 50; number++)
            await load.PostAsync(rig.ClientOf(number), false, 0, DelayMilliseconds);
        var flood = load.RunAsync(int.MaxValue, 4, stop.Token);
        foreach (var offset in new[] { "+3600", "-3600" })
        {
            await Task.Delay(1_500);
            await File.WriteAllTextAsync(clock, offset + "\n");
        }

        await Task.Delay(settings.Short ? 2_500 : 8_000);
        await stop.CancelAsync();
        await flood;
        var verdict = await Verdict.ReachAsync(rig, TimeSpan.FromSeconds(60));
        var late = rig.Runs.Select(run => (run, Entry: rig.Ledger.FindMark(run.Mark)))
            .Where(static pair => pair.Entry is { Delay.Ticks: > 0 })
            .Select(static pair => pair.run.StartedAt - pair.Entry!.PostedAt - pair.Entry.Delay).Order().ToList();
        var early = late.Count(static time => time < -Unit);
        return verdict.ToResult(
            Name, "-",
            early == 0 && late.Count > 0 && late[^1] <= LateMax && verdict.Duplicated == 0,
            $"one clock 5 minutes behind, then 1 h ahead, then 1 h behind: of {late.Count} delayed tasks {early} " +
            $"early, {late[0].TotalMilliseconds:0.0} to {late[^1].TotalMilliseconds:0.0} ms after their time");
    }
}
