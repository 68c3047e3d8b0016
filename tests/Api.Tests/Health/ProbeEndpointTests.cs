using ActorBalancer.Api.Tests.Hosting;
using ActorBalancer.Engine;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Health;

public sealed class ProbeEndpointTests
{
    [Theory]
    [InlineData(BalancerState.Ready)]
    [InlineData(BalancerState.Draining)]
    [InlineData(BalancerState.Unreachable)]
    public async Task GetLive_AnyState_Is200(BalancerState state)
    {
        await using var edge = await StartAsync(state, "unreachable");

        var answer = await edge.SendAsync("GET", "/health/live");

        answer.Status.ShouldBe(200);
        answer.Text.ShouldBe("""{"status":"live"}""");
        answer.Header("Cache-Control").ShouldBe("no-store");
    }

    [Fact]
    public async Task GetReady_Ready_Is200()
    {
        await using var edge = await StartAsync(BalancerState.Ready, "ready");

        var answer = await edge.SendAsync("GET", "/health/ready");

        answer.Status.ShouldBe(200);
        answer.Text.ShouldBe("""{"status":"ready"}""");
    }

    [Theory]
    [InlineData(BalancerState.Draining, "ready", "draining", "stops")]
    [InlineData(BalancerState.Unreachable, "unreachable", "unreachable", "sqlite")]
    [InlineData(BalancerState.Unreachable, "ready", "unreachable", "starting")]
    public async Task GetReady_NotReady_Is503WithTheReason(
        BalancerState state, string store, string status, string reason)
    {
        await using var edge = await StartAsync(state, store);

        var answer = await edge.SendAsync("GET", "/health/ready");

        answer.Status.ShouldBe(503);
        answer.Json.GetProperty("status").GetString().ShouldBe(status);
        answer.Json.GetProperty("reason").GetString().ShouldNotBeNull().ShouldContain(reason);
    }

    [Theory]
    [InlineData("/health/live", BalancerState.Ready, 200)]
    [InlineData("/health/ready", BalancerState.Ready, 200)]
    [InlineData("/health/ready", BalancerState.Draining, 503)]
    public async Task Head_Probe_HasTheStatusAndNoBody(string path, BalancerState state, int status)
    {
        await using var edge = await StartAsync(state, "ready");

        var answer = await edge.SendAsync("HEAD", path);

        answer.Status.ShouldBe(status);
        answer.Text.ShouldBeEmpty();
    }

    [Fact]
    public async Task Get_WrongKey_IsNotLookedAt()
    {
        await using var edge = await StartAsync(BalancerState.Ready, "ready");

        (await edge.SendAsync("GET", "/health/ready", ("Authorization", "wrong"))).Status.ShouldBe(200);
    }

    private static async Task<EdgeHarness> StartAsync(BalancerState state, string store)
    {
        var edge = await EdgeHarness.StartAsync();
        edge.Balancer.State = state;
        edge.Balancer.Services = new Dictionary<string, string> { ["sqlite"] = store };
        return edge;
    }
}
