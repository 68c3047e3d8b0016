using ActorBalancer.Trials.Rigs;

namespace ActorBalancer.Trials.Cluster;

/// <summary>What a killed node ran runs again within the lease time and a second.</summary>
internal sealed class ClusterTakeoverTrial : Trial
{
    private const int SleepMilliseconds = 400;
    private const int TasksAtOnce = 16;

    /// <inheritdoc/>
    public override string Name => "cluster-takeover";

    /// <inheritdoc/>
    public override bool IsInShortRun => false;

    /// <inheritdoc/>
    public override int TriesMax => 2;

    /// <inheritdoc/>
    public override async Task<TrialResult> RunAsync(TrialSettings settings)
    {
        var rounds = settings.Short ? 3 : 10;
        await using var rig = await ClusterRig.StartAsync();
        await using var monitor = new OwnerMonitor(rig);
        var load = new Load(rig);
        for (var round = 0; round < rounds; round++)
        {
            for (var number = 0; number < TasksAtOnce; number++)
                await load.PostAsync(false, SleepMilliseconds);

            // The posts took a while: the last of them run now. Some node runs some of them.
            var owners = monitor.Now.Values.ToHashSet(StringComparer.Ordinal);
            var node = rig.Nodes.First(node => owners.Contains(node.Id));
            await rig.KillAsync(node);
            await Poll.UntilAsync(
                async () => await rig.Client.UnfinishedAsync() == 0, TimeSpan.FromSeconds(60), "all tasks to end");
            await node.StartAsync();
            await rig.WaitForWorkersAsync();
        }

        var verdict = await Verdict.ReachAsync(rig, TimeSpan.FromSeconds(60));
        var times = TakeOvers.Of(rig);
        var violations = monitor.Violations(rig.Runs);
        return verdict.ToResult(
            Name, "-",
            times.Count > 0 && times[^1] <= rig.Lease + TimeSpan.FromSeconds(1) && violations.Count == 0,
            [$"{rounds} kills, lease {rig.Lease.TotalSeconds:0} s; {TakeOvers.Describe(rig)}", .. violations.Take(3)]);
    }
}
