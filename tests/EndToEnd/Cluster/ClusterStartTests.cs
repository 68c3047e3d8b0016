using ActorBalancer.EndToEnd.Tasks;
using Shouldly;
using Xunit;

namespace ActorBalancer.EndToEnd.Cluster;

/// <summary>What a node refuses to start with, and in which words.</summary>
public sealed class ClusterStartTests
{
    [Fact]
    public async Task NodeId_TakenByALivingNode_IsRefusedAndFreeAfterItsLease()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        var first = await cluster.StartNodeAsync("n1");

        var errors = await RefusalAsync(cluster, "n1", ("DATA_DIR", "data-other"));
        await first.KillAsync();
        await Eventually.IsTrueAsync(
            async () => await cluster.Redis.CommandAsync("EXISTS", "actorbalancer:node:n1") == ":0",
            "the lease of the name to run out");
        await cluster.StartNodeAsync("n1");

        errors.ShouldContain("n1");
        errors.ShouldContain("runs already");
    }

    [Fact]
    public async Task MaxMemoryPolicy_ThatEvicts_IsRefused()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        await cluster.Redis.CommandAsync("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");

        (await RefusalAsync(cluster, "n1")).ShouldContain("noeviction");
    }

    [Fact]
    public async Task AuthKey_UnlikeTheClusters_IsRefused()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        await cluster.StartNodeAsync("n1");

        var errors = await RefusalAsync(cluster, "n2", ("LB_AUTH_KEY", "another-key"));

        errors.ShouldContain("LB_AUTH_KEY");
        errors.ShouldNotContain("another-key");
    }

    [Fact]
    public async Task Redis_NotThere_IsSaidWithItsAddress()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        await cluster.Redis.KillAsync();

        var errors = await RefusalAsync(cluster, "n1");

        errors.ShouldContain($"{cluster.Redis.Port}");
        await cluster.Redis.StartAgainAsync();
    }

    [Fact]
    public async Task Master_WithoutRedis_IsRefused()
    {
        await using var cluster = await ClusterProcesses.StartAsync();

        (await RefusalAsync(cluster, "n1", ("STORE", "sqlite"), ("REDIS_URL", ""), ("MODE", "master")))
            .ShouldContain("MODE");
    }

    [Fact]
    public async Task Roles_OnlyApiNodesListen()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        await cluster.AddFakeAsync();
        var (api, master) = await cluster.StartPairAsync();

        (await api.GetAsync("/health")).Status.ShouldBe(200);
        await Should.ThrowAsync<HttpRequestException>(master.GetAsync("/health"));
    }

    private static async Task<string> RefusalAsync(
        ClusterProcesses cluster, string id, params (string Name, string Value)[] settings)
    {
        await using var node = cluster.LaunchNode(id, ClusterProcesses.Both, [("PORT", "0"), .. settings]);
        (await node.WaitForExitAsync()).ShouldNotBe(0);
        return $"{await node.ReadErrorsAsync()} {node.Output}";
    }
}
