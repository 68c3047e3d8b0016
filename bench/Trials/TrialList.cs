using ActorBalancer.Trials.Cluster;
using ActorBalancer.Trials.Local;
using ActorBalancer.Trials.Proxy;
using ActorBalancer.Trials.Redis;

namespace ActorBalancer.Trials;

/// <summary>All trials, in the order of their numbers.</summary>
internal static class TrialList
{
    /// <summary>The trials.</summary>
    public static IReadOnlyList<Trial> All { get; } =
    [
        new KillTrial(), new AckOrderTrial(), new DiskFullTrial(), new DamagedFileTrial(), new ClockTrial(),
        new DuplicateSubmissionTrial(), new CompletionTrial(), new PoisonTrial(), new SlowWorkerTrial(),
        new BackpressureTrial(), new HiddenTargetsTrial(), new DelayTrial(),
        new ProxyFailoverTrial(), new ProxySocketsTrial(), new ProxySoakTrial(), new ProxySlowTrial(),
        new ProxyFramesTrial(),
        new NodeKillTrial(), new RedisStallTrial(), new RedisKillTrial(), new FailoverTrial(),
        new ClusterPauseTrial("08r-zombie-node"), new SkewTrial(), new ClusterDuplicateTrial(),
        new ClusterKillTrial(), new ClusterPauseTrial("cluster-pause"), new ClusterTakeoverTrial(),
        new ClusterHandoverTrial(), new ClusterNdidTrial(), new ClusterCurveTrial(),
    ];

    /// <summary>The trial of that name, or of that number; null when there is none.</summary>
    public static Trial? Find(string name) => All.FirstOrDefault(trial =>
        trial.Name == name || trial.Name.StartsWith(name.PadLeft(2, '0') + "-", StringComparison.Ordinal));
}
