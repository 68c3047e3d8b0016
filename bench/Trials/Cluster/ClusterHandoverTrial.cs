using System.Diagnostics;
using ActorBalancer.Trials.Rigs;

namespace ActorBalancer.Trials.Cluster;

/// <summary>A node that is stopped in good order under load gives its workers away within a second, and nothing runs
/// twice.</summary>
internal sealed class ClusterHandoverTrial : Trial
{
    private const int Connections = 6;
    private static readonly TimeSpan HandOverMax = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public override string Name => "cluster-handover";

    /// <inheritdoc/>
    public override bool IsInShortRun => false;

    /// <inheritdoc/>
    public override int TriesMax => 2;

    /// <inheritdoc/>
    public override async Task<TrialResult> RunAsync(TrialSettings settings)
    {
        var random = new Random(settings.Seed);
        var rounds = settings.Short ? 3 : 10;
        await using var rig = await ClusterRig.StartAsync();
        await using var monitor = new OwnerMonitor(rig);
        using var stop = new CancellationTokenSource();
        var load = new Load(rig).RunAsync(int.MaxValue, Connections, stop.Token);
        var (codes, longest, exits) = (0, TimeSpan.Zero, TimeSpan.Zero);
        for (var round = 0; round < rounds; round++)
        {
            await Task.Delay(random.Next(300, 1_500), CancellationToken.None);
            var node = rig.Nodes[random.Next(rig.Nodes.Count)];
            var id = node.Id;
            var watch = Stopwatch.StartNew();
            var ending = node.StopAsync();
            await Poll.UntilAsync(
                () => Task.FromResult(
                    monitor.Now is var now && now.Count == rig.Workers.Count && !now.ContainsValue(id)),
                TimeSpan.FromSeconds(30), "the workers to have other owners");
            longest = watch.Elapsed > longest ? watch.Elapsed : longest;
            var (code, took) = await ending;
            codes += code == 0 ? 0 : 1;
            exits = took > exits ? took : exits;
            await node.StartAsync();
        }

        await stop.CancelAsync();
        await load;
        await rig.WaitForWorkersAsync();
        var verdict = await Verdict.ReachAsync(rig, TimeSpan.FromSeconds(120));
        var violations = monitor.Violations(rig.Runs);
        return verdict.ToResult(
            Name, $"{settings.Seed}",
            codes == 0 && longest <= HandOverMax && verdict.Duplicated == 0 && violations.Count == 0,
            [
                $"{rounds} clean stops of 3 nodes: workers had other owners after at most " +
                $"{longest.TotalSeconds:0.00} s, the process ended after at most " +
                $"{exits.TotalSeconds:0.00} s, exits other than 0: {codes}",
                .. violations.Take(3),
            ]);
    }
}
