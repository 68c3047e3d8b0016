using ActorBalancer.Trials.Rigs;

namespace ActorBalancer.Trials.Cluster;

/// <summary>Three nodes, four workers, tasks at full speed at all nodes; a node of chance is killed with -9 and another
/// life of it started, again and again.</summary>
internal sealed class ClusterKillTrial : Trial
{
    private const int Connections = 12;
    private const int UpMillisecondsMin = 100;
    private const int UpMillisecondsMax = 1_500;
    private static readonly TimeSpan DrainMax = TimeSpan.FromSeconds(120);

    /// <inheritdoc/>
    public override string Name => "cluster-kill";

    /// <inheritdoc/>
    public override bool IsInShortRun => false;

    /// <inheritdoc/>
    public override async Task<TrialResult> RunAsync(TrialSettings settings)
    {
        var random = new Random(settings.Seed);
        var rounds = settings.Short ? 5 : 30;
        await using var rig = await ClusterRig.StartAsync();
        await using var monitor = new OwnerMonitor(rig);
        using var stop = new CancellationTokenSource();
        var load = new Load(rig).RunAsync(int.MaxValue, Connections, stop.Token);
        for (var round = 1; round <= rounds; round++)
        {
            await Task.Delay(random.Next(UpMillisecondsMin, UpMillisecondsMax), CancellationToken.None);
            var node = rig.Nodes[random.Next(rig.Nodes.Count)];
            await rig.KillAsync(node);
            await node.StartAsync();
            await Console.Error.WriteLineAsync($"{Name} round {round}: acked {rig.Ledger.AckedCount}");
        }

        await stop.CancelAsync();
        await load;
        await rig.WaitForWorkersAsync();
        var verdict = await Verdict.ReachAsync(rig, DrainMax);
        var violations = monitor.Violations(rig.Runs);
        return verdict.ToResult(
            Name, $"{settings.Seed}", violations.Count == 0,
            [
                $"{rounds} kills of 3 nodes; {violations.Count} runs by a node that was not the worker's owner " +
                $"({monitor.Changes} changes of owner, {monitor.Looks} looks); {TakeOvers.Describe(rig)}",
                .. violations.Take(3),
            ]);
    }
}
