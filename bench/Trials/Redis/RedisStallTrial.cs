using System.Collections.Concurrent;
using ActorBalancer.Trials.Cluster;
using ActorBalancer.Trials.Rigs;

namespace ActorBalancer.Trials.Redis;

/// <summary>Redis stands still for longer than the leases (SIGSTOP), and lets its clients wait (CLIENT PAUSE), under
/// load.</summary>
internal sealed class RedisStallTrial : Trial
{
    private const double GrowthMax = 50.0 * 1024 * 1024;
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan BackMax = TimeSpan.FromSeconds(5);

    /// <summary>Until then the trouble may not have begun.</summary>
    private static readonly TimeSpan Onset = TimeSpan.FromMilliseconds(50);

    /// <inheritdoc/>
    public override string Name => "05r-redis-stall";

    /// <inheritdoc/>
    public override bool IsInShortRun => false;

    /// <inheritdoc/>
    public override async Task<TrialResult> RunAsync(TrialSettings settings)
    {
        // Longer than a node waits for Redis (3 s): who asks is refused while it lasts.
        var stall = TimeSpan.FromSeconds(settings.Short ? 6 : 15);
        var pause = TimeSpan.FromSeconds(settings.Short ? 2 : 5);
        await using var rig = await ClusterRig.StartAsync(new ClusterRigOptions { Modes = ["", ""], Workers = 2 });
        var records = new ConcurrentQueue<PostRecord>();
        using var stop = new CancellationTokenSource();
        var load = new Load(rig) { Records = records }.RunAsync(int.MaxValue, 8, stop.Token);
        await Task.Delay(2_000, CancellationToken.None);
        var memory = rig.Nodes.Sum(static node => ProcessFigures.Memory(node.Process.Id));
        var troubles = new List<(DateTime From, DateTime To)>();

        var from = DateTime.UtcNow;
        rig.Redis.Freeze();
        await Task.Delay(stall, CancellationToken.None);
        troubles.Add((from + Onset, DateTime.UtcNow));
        var grown = rig.Nodes.Sum(static node => ProcessFigures.Memory(node.Process.Id)) - memory;
        rig.Redis.Thaw();
        await Task.Delay(settings.Short ? 2_000 : 5_000, CancellationToken.None);
        rig.NoteTrouble(from);

        from = DateTime.UtcNow;
        await rig.Redis.CommandAsync("CLIENT", "PAUSE", $"{pause.TotalMilliseconds:0}", "ALL");
        await Task.Delay(pause, CancellationToken.None);

        // Redis counts from when it has the command: by then it still pauses, after that nobody knows.
        troubles.Add((from + Onset, from + pause));
        await Task.Delay(2_000, CancellationToken.None);
        rig.NoteTrouble(from);

        await stop.CancelAsync();
        await load;
        await rig.WaitForWorkersAsync();
        var verdict = await Verdict.ReachAsync(rig, TimeSpan.FromSeconds(120));
        var figures = TroubleFigures.Of(records, troubles);
        return verdict.ToResult(
            Name, "-",
            figures is { Accepted: 0, Others: 0, Refused: > 0 } && figures.LongestAnswer <= AnswerMax
                && figures.LongestBack <= BackMax && grown <= GrowthMax,
            $"stopped for {stall.TotalSeconds:0} s, paused for {pause.TotalSeconds:0} s: {figures}; memory " +
            $"{grown / 1024 / 1024:+0;-0} MB");
    }
}
