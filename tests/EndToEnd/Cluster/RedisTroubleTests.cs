using System.Collections.Concurrent;
using ActorBalancer.EndToEnd.Balancer;
using ActorBalancer.EndToEnd.Tasks;
using Shouldly;
using Xunit;

namespace ActorBalancer.EndToEnd.Cluster;

/// <summary>Redis goes away, stands still, gets full or read-only under load: intake says 503, all comes back by
/// itself, and nothing that was acknowledged is lost.</summary>
public sealed class RedisTroubleTests
{
    private static readonly (string, string)[] Settings = [("REDIS_TIMEOUT", "1500")];

    [Fact]
    public async Task Killed_UnderLoad_Answers503AndEverythingComesBack()
    {
        await using var cluster = await ClusterProcesses.StartAsync(Settings);
        await RunAsync(
            cluster,
            cluster.Redis.KillAsync,
            cluster.Redis.StartAgainAsync);
    }

    [Fact]
    public async Task Frozen_UnderLoad_Answers503AndEverythingComesBack()
    {
        await using var cluster = await ClusterProcesses.StartAsync(Settings);
        await RunAsync(
            cluster,
            () => Task.Run(cluster.Redis.Freeze),
            () => Task.Run(cluster.Redis.Thaw));
    }

    [Fact]
    public async Task ReadOnly_UnderLoad_Answers503AndEverythingComesBack()
    {
        await using var cluster = await ClusterProcesses.StartAsync(Settings);
        await RunAsync(
            cluster,
            () => cluster.Redis.CommandAsync("REPLICAOF", "127.0.0.1", "1"),
            () => cluster.Redis.CommandAsync("REPLICAOF", "NO", "ONE"));
    }

    [Fact]
    public async Task Full_UnderLoad_Answers503EndsAreStillKeptAndIntakeComesBack()
    {
        await using var cluster = await ClusterProcesses.StartAsync(Settings);
        await RunAsync(
            cluster,
            () => cluster.Redis.CommandAsync("CONFIG", "SET", "maxmemory", "1mb"),
            () => cluster.Redis.CommandAsync("CONFIG", "SET", "maxmemory", "0"));
    }

    // Two clients post all the time; the trouble lasts until several posts in a row were refused.
    private static async Task RunAsync(ClusterProcesses cluster, Func<Task> begin, Func<Task> end)
    {
        const int RefusalsWanted = 6;
        var worker = await cluster.AddFakeAsync(slots: 4);
        var (api, _) = await cluster.StartPairAsync();
        var (acked, refused) = (new ConcurrentBag<string>(), new ConcurrentBag<Answer>());
        using var stop = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 2).Select(_ => Task.Run(() => PostAsync(api, acked, refused, stop.Token)))
            .ToList();
        await Eventually.IsTrueAsync(() => acked.Count > 100, "a hundred tasks");

        await begin();
        await Eventually.IsTrueAsync(() => refused.Count >= RefusalsWanted, "posts to be refused");
        await end();
        var before = acked.Count;
        await Eventually.IsTrueAsync(() => acked.Count > before + 50, "tasks to be taken again");
        await stop.CancelAsync();
        await Task.WhenAll(clients);
        await api.AllSucceedAsync(acked);

        refused.ShouldAllBe(static answer => answer.Status == 503 && answer.Header("retry-after") != null);
        var ran = worker.Calls.Select(static call => call.Header("x-task-id")!).ToHashSet();
        acked.ShouldAllBe(id => ran.Contains(id));
        (await api.GetAsync("/health"))["status"].ShouldBe("ready");
    }

    private static async Task PostAsync(
        BalancerProcess api, ConcurrentBag<string> acked, ConcurrentBag<Answer> refused, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var answer = await api.PostAsync(TaskCalls.Body("\"mode\":\"async\"", input: ClusterCalls.Named("n")));
            if (answer.Status == 202)
                acked.Add(answer["taskId"]!);
            else
                refused.Add(answer);
        }
    }
}
