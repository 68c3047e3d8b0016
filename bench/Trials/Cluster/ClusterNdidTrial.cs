using ActorBalancer.Trials.Rigs;

namespace ActorBalancer.Trials.Cluster;

/// <summary>One master and three API nodes, stopped in any order under load; then the only master is killed and started
/// again.</summary>
internal sealed class ClusterNdidTrial : Trial
{
    private const int Connections = 6;

    /// <inheritdoc/>
    public override string Name => "cluster-ndid";

    /// <inheritdoc/>
    public override bool IsInShortRun => false;

    /// <inheritdoc/>
    public override async Task<TrialResult> RunAsync(TrialSettings settings)
    {
        var random = new Random(settings.Seed);
        await using var rig = await ClusterRig.StartAsync(new ClusterRigOptions
        {
            Modes = ["worker", "worker", "worker", "master"],
            Workers = 3,
        });
        await using var monitor = new OwnerMonitor(rig);
        using var stop = new CancellationTokenSource();
        var load = new Load(rig).RunAsync(int.MaxValue, Connections, stop.Token);
        var codes = 0;
        var order = Enumerable.Range(0, settings.Short ? 1 : 3)
            .SelectMany(_ => rig.Nodes.OrderBy(_ => random.Next())).ToList();
        foreach (var node in order)
        {
            await Task.Delay(random.Next(200, 800), CancellationToken.None);
            codes += (await node.StopAsync()).Code;
            await node.StartAsync();
        }

        await rig.WaitForWorkersAsync();
        var twice = rig.Runs.GroupBy(static run => run.TaskId).Count(static runs => runs.Count() > 1);
        var (master, away) = (rig.Nodes[3], rig.Ledger.AckedCount);
        await rig.KillAsync(master);
        await Task.Delay(1_000, CancellationToken.None);
        away = rig.Ledger.AckedCount - away;
        await master.StartAsync();
        await rig.WaitForWorkersAsync();
        await Task.Delay(1_000, CancellationToken.None);
        await stop.CancelAsync();
        await load;
        var verdict = await Verdict.ReachAsync(rig, TimeSpan.FromSeconds(120));
        var violations = monitor.Violations(rig.Runs);
        var names = string.Join(' ', order.Select(static node => node.Name));
        return verdict.ToResult(
            Name, $"{settings.Seed}",
            codes == 0 && twice == 0 && away > 0 && rig.Workers.AreAllUp && violations.Count == 0,
            [
                $"{order.Count} clean stops ({names}, the master is n3): {twice} tasks ran twice; master killed: {away} tasks " +
                $"taken while it was away, workers up {rig.Workers.AreAllUp}; " + TakeOvers.Describe(rig),
                .. violations.Take(3),
            ]);
    }
}
