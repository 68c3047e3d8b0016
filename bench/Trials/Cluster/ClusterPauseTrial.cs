using ActorBalancer.Trials.Rigs;

namespace ActorBalancer.Trials.Cluster;

/// <summary>A node is paused for longer than its leases and goes on: what was taken over meanwhile keeps the result of
/// its new owner.</summary>
internal sealed class ClusterPauseTrial(string name) : Trial
{
    private const int Connections = 6;
    private static readonly TimeSpan BackMax = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override bool IsInShortRun => name[0] == '0';

    /// <inheritdoc/>
    public override async Task<TrialResult> RunAsync(TrialSettings settings)
    {
        var random = new Random(settings.Seed);
        var rounds = settings.Short ? 1 : 8;
        await using var rig = await ClusterRig.StartAsync(new ClusterRigOptions { Workers = settings.Short ? 2 : 4 });
        await using var monitor = new OwnerMonitor(rig);
        using var stop = new CancellationTokenSource();
        var load = new Load(rig).RunAsync(int.MaxValue, Connections, stop.Token);
        var (changed, ended, back) = (0, 0, TimeSpan.Zero);
        for (var round = 0; round < rounds; round++)
        {
            await Task.Delay(random.Next(300, 1_000), CancellationToken.None);
            var node = rig.Nodes[random.Next(rig.Nodes.Count)];
            var other = rig.Nodes.First(one => one != node);
            var from = DateTime.UtcNow;
            node.Process.Signal("STOP");
            await Task.Delay(rig.Lease * 2, CancellationToken.None);
            var before = await other.Client.ListAsync();
            node.Process.Signal("CONT");
            var rejoined = await Poll.UntilAsync(
                async () => await rig.Redis.CommandAsync("EXISTS", $"actorbalancer:node:{node.Id}") == ":1"
                    && await node.Client.IsReadyAsync(),
                TimeSpan.FromSeconds(30), "the node to be back");
            back = rejoined > back ? rejoined : back;
            rig.NoteTrouble(from);
            await Task.Delay(500, CancellationToken.None);
            var after = await other.Client.ListAsync();
            var final = before.Where(static pair => pair.Value.State is "succeeded" or "dead").ToList();
            ended += final.Count;
            changed += final.Count(
                pair => after[pair.Key] with { Webhook = null } != pair.Value with { Webhook = null });
        }

        await stop.CancelAsync();
        await load;
        var verdict = await Verdict.ReachAsync(rig, TimeSpan.FromSeconds(120));
        var violations = monitor.Violations(rig.Runs);
        return verdict.ToResult(
            Name, $"{settings.Seed}", changed == 0 && back <= BackMax && violations.Count == 0,
            [
                $"{rounds} pauses of {rig.Lease.TotalSeconds * 2:0} s, lease {rig.Lease.TotalSeconds:0} s: of " +
                $"{ended} ended tasks {changed} changed when the node went on; back after at most " +
                $"{back.TotalSeconds:0.0} s; {violations.Count} runs by a node that was not the worker's owner",
                .. violations.Take(3),
            ]);
    }
}
