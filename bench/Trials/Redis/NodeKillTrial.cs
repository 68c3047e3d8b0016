using ActorBalancer.Trials.Cluster;
using ActorBalancer.Trials.Rigs;

namespace ActorBalancer.Trials.Redis;

/// <summary>
/// Kills one of two nodes with -9 at each stage of a task's life. A node's stages are what it sends: to Redis, to a
/// worker, to a client; so it is killed as it enters a call that sends, and at moments of chance.
/// </summary>
internal sealed class NodeKillTrial : Trial
{
    private static readonly TimeSpan KillMax = TimeSpan.FromSeconds(20);

    // How often a thread makes the call before it is killed there: past the start, within seconds of full load.
    private static readonly (string Call, int Min, int Max)[] Stages =
        [("sendto", 10, 150), ("sendmsg", 20, 300), ("", 100, 1_500)];

    /// <inheritdoc/>
    public override string Name => "01r-kill-at-each-stage";

    /// <inheritdoc/>
    public override bool IsInShortRun => false;

    /// <inheritdoc/>
    public override async Task<TrialResult> RunAsync(TrialSettings settings)
    {
        var random = new Random(settings.Seed);
        await using var rig = await ClusterRig.StartAsync(new ClusterRigOptions { Modes = ["", ""], Workers = 2 });
        using var stop = new CancellationTokenSource();
        var load = new Load(rig).RunAsync(int.MaxValue, 12, stop.Token);
        var kills = settings.Short ? 1 : 20;
        var missed = 0;
        foreach (var (call, min, max) in Stages)
        {
            for (var kill = 0; kill < kills; kill++)
            {
                var node = rig.Nodes[kill % rig.Nodes.Count];
                await rig.KillAsync(node);
                if (!await KillOnceAsync(rig, node, call, random.Next(min, max)))
                    missed++;
                await node.StartAsync();
            }

            await Console.Error.WriteLineAsync($"{Name}: {call} done, acked {rig.Ledger.AckedCount}");
        }

        await stop.CancelAsync();
        await load;
        await rig.WaitForWorkersAsync();
        var verdict = await Verdict.ReachAsync(rig, TimeSpan.FromSeconds(120));
        return verdict.ToResult(
            Name, $"{settings.Seed}", true,
            $"{kills} kills at each of {Stages.Length} stages, {missed} by hand since the call did not come; " +
            TakeOvers.Describe(rig));
    }

    private static async Task<bool> KillOnceAsync(ClusterRig rig, ClusterRigNode node, string call, int count)
    {
        if (call.Length == 0)
        {
            await node.StartAsync();
            await Task.Delay(count);
            await rig.KillAsync(node);
            return true;
        }

        node.Launch(Strace.KillAt(call, count));
        try
        {
            await Poll.UntilAsync(() => Task.FromResult(node.Process.HasExited), KillMax, "the kill");
            rig.NoteKill();
            await node.Process.DisposeAsync();
            return true;
        }
        catch (TrialException)
        {
            await rig.KillAsync(node);
            return false;
        }
    }
}
