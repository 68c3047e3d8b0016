using System.Collections.Concurrent;
using ActorBalancer.Testing.Processes;
using ActorBalancer.Trials.Cluster;
using ActorBalancer.Trials.Rigs;

namespace ActorBalancer.Trials.Redis;

/// <summary>Redis is killed with -9 and started again, its scripts are forgotten, and the line to it is cut, under
/// load.</summary>
internal sealed class RedisKillTrial : Trial
{
    private static readonly TimeSpan BackMax = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public override string Name => "06r-redis-kill-and-cut";

    /// <inheritdoc/>
    public override bool IsInShortRun => false;

    /// <inheritdoc/>
    public override async Task<TrialResult> RunAsync(TrialSettings settings)
    {
        var redis = await RedisServer.StartAsync("--appendfsync", "always");
        await using var line = new CutLine(redis.Port);
        await using var rig = await ClusterRig.StartAsync(
            new ClusterRigOptions
            {
                Modes = ["", ""],
                Workers = 2,
                RedisUrl = $"redis://127.0.0.1:{line.Port}",
            },
            redis);
        var records = new ConcurrentQueue<PostRecord>();
        using var stop = new CancellationTokenSource();
        var load = new Load(rig) { Records = records }.RunAsync(int.MaxValue, 8, stop.Token);
        var troubles = new List<(DateTime From, DateTime To)>();
        var rounds = settings.Short ? 2 : 10;
        for (var round = 0; round < rounds; round++)
        {
            await Task.Delay(1_500, CancellationToken.None);
            var from = DateTime.UtcNow;
            await redis.KillAsync();
            await redis.StartAgainAsync();
            await redis.CommandAsync("SCRIPT", "FLUSH");
            troubles.Add((from, DateTime.UtcNow));
            await Task.Delay(1_000, CancellationToken.None);
            rig.NoteTrouble(from);
        }

        foreach (var seconds in settings.Short ? (int[])[3] : [10, 30])
        {
            var from = DateTime.UtcNow;
            line.Cut();
            await Task.Delay(TimeSpan.FromSeconds(seconds), CancellationToken.None);
            troubles.Add((from, DateTime.UtcNow));
            line.Mend();
            await Task.Delay(2_000, CancellationToken.None);
            rig.NoteTrouble(from);
        }

        await stop.CancelAsync();
        await load;
        await rig.WaitForWorkersAsync();
        var verdict = await Verdict.ReachAsync(rig, TimeSpan.FromSeconds(120));
        var figures = TroubleFigures.Of(records, troubles);
        return verdict.ToResult(
            Name, "-", figures.Others == 0 && figures.LongestBack <= BackMax,
            $"{rounds} kills of Redis (appendfsync always) with its scripts forgotten, {troubles.Count - rounds} " +
            $"cuts: {figures}");
    }
}
