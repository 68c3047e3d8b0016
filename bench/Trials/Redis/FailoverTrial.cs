using System.Collections.Concurrent;
using System.Globalization;
using ActorBalancer.Testing.Processes;
using ActorBalancer.Trials.Cluster;
using ActorBalancer.Trials.Rigs;

namespace ActorBalancer.Trials.Redis;

/// <summary>
/// The primary loses its two replicas, goes on alone for a while, and must then follow the one that was promoted: once
/// with WAIT and min-replicas-to-write, where nothing acknowledged may be lost, and once without, where the loss is
/// counted and printed.
/// </summary>
internal sealed class FailoverTrial : Trial
{
    private static readonly TimeSpan GapMax = TimeSpan.FromSeconds(15);

    /// <inheritdoc/>
    public override string Name => "07r-redis-failover";

    /// <inheritdoc/>
    public override bool IsInShortRun => false;

    /// <inheritdoc/>
    public override async Task<TrialResult> RunAsync(TrialSettings settings)
    {
        var with = await RunAsync(settings, isSafe: true);
        var without = await RunAsync(settings, isSafe: false);
        return with with
        {
            Attempted = with.Attempted + without.Attempted,
            Acked = with.Acked + without.Acked,
            Notes =
            [
                .. with.Notes,
                $"without WAIT, not judged: {without.Lost} of {without.Acked} acknowledged tasks lost",
                .. without.Notes,
            ],
        };
    }

    private async Task<TrialResult> RunAsync(TrialSettings settings, bool isSafe)
    {
        string[] more =
        [
            "--repl-diskless-sync-delay", "0",
            .. isSafe ? (string[])["--min-replicas-to-write", "1", "--min-replicas-max-lag", "2"] : [],
        ];
        var primary = await RedisServer.StartAsync(more);
        await using var second = await RedisServer.StartAsync([.. more, "--replicaof", "127.0.0.1", $"{primary.Port}"]);
        await using var third = await RedisServer.StartAsync([.. more, "--replicaof", "127.0.0.1", $"{primary.Port}"]);
        RedisServer[] servers = [primary, second, third];
        foreach (var replica in servers.Skip(1))
            await WaitForLinkAsync(replica);
        await using var rig = await ClusterRig.StartAsync(
            new ClusterRigOptions
            {
                Modes = ["", ""],
                Workers = 2,
                RedisUrl = "redis://" + string.Join(',', servers.Select(static server => server.Address)),
                Settings = [("REDIS_WAIT_REPLICAS", isSafe ? "1" : "0"), ("REDIS_TIMEOUT", "1s")],
            },
            primary);
        var records = new ConcurrentQueue<PostRecord>();
        using var stop = new CancellationTokenSource();
        var load = new Load(rig) { Records = records }.RunAsync(int.MaxValue, 8, stop.Token);
        var rounds = settings.Short ? 1 : 10;
        var gap = TimeSpan.Zero;
        for (var round = 0; round < rounds; round++)
        {
            await Task.Delay(2_000, CancellationToken.None);
            var from = DateTime.UtcNow;
            await FailOverAsync(servers);
            var back = await Poll.UntilAsync(
                () => Task.FromResult(records.Any(record => record.PostedAt > from.AddSeconds(1)
                    && record.Status is 200 or 202 && record.AnsweredAt > DateTime.UtcNow.AddMilliseconds(-200))),
                TimeSpan.FromSeconds(60), "tasks to be taken after the failover");
            gap = back > gap ? back : gap;
            rig.NoteTrouble(from);
        }

        await stop.CancelAsync();
        await load;
        await rig.WaitForWorkersAsync();
        var verdict = await Verdict.ReachAsync(rig, TimeSpan.FromSeconds(120));
        return verdict.ToResult(
            Name, "-", gap <= GapMax,
            $"{(isSafe ? "WAIT 1, min-replicas-to-write 1" : "without")}: {rounds} failovers, tasks taken again " +
            $"after at most {gap.TotalSeconds:0.0} s");
    }

    // As a sentinel does: the replica that has most is promoted, the other one follows it, and the old primary, alive
    // and spoken to for another second, is then made to follow as well.
    private static async Task FailOverAsync(RedisServer[] servers)
    {
        var roles = servers.Select(static server => (Server: server, Role: RoleOf(server))).ToList();
        var old = roles.Single(static pair => pair.Role == "master").Server;
        var replicas = roles.Where(static pair => pair.Role != "master").Select(static pair => pair.Server).ToList();
        foreach (var replica in replicas)
            await replica.CommandAsync("REPLICAOF", "NO", "ONE");
        var next = replicas.MaxBy(OffsetOf)!;
        await replicas.Single(server => server != next).CommandAsync("REPLICAOF", "127.0.0.1", $"{next.Port}");
        await Task.Delay(1_000);
        await old.CommandAsync("REPLICAOF", "127.0.0.1", $"{next.Port}");
    }

    private static string RoleOf(RedisServer server)
    {
        using var line = new RedisLine(server.Port);
        return line.Info("replication", "role");
    }

    private static long OffsetOf(RedisServer server)
    {
        using var line = new RedisLine(server.Port);
        return long.Parse(line.Info("replication", "master_repl_offset"), CultureInfo.InvariantCulture);
    }

    private static Task<TimeSpan> WaitForLinkAsync(RedisServer replica) => Poll.UntilAsync(
        () =>
        {
            using var line = new RedisLine(replica.Port);
            return Task.FromResult(line.Info("replication", "master_link_status") == "up");
        },
        TimeSpan.FromSeconds(30), "a replica to follow");
}
