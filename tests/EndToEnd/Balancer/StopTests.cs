using System.Net;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.EndToEnd.Balancer;

/// <summary>Signals to the real process.</summary>
public sealed class StopTests
{
    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task Signal_TaskRuns_ItEndsWhileOthersAreRefused(string signal)
    {
        using var folder = new TemporaryFolder();
        await using var worker = await HeldWorkerAsync();
        await using var balancer = await BalancerProcess.StartAsync(folder, [worker.Url]);
        await balancer.WaitForWorkersAsync(1);
        var post = balancer.PostTaskAsync("""{"name":"1"}""");
        var call = (await worker.WaitForCallsAsync(1))[0];

        balancer.Process.Signal(signal);
        await balancer.Process.WaitForLineAsync("Stopping");
        using var health = await balancer.SendAsync(HttpMethod.Get, "/health", null);
        using var refused = await balancer.PostTaskAsync("""{"name":"2"}""");
        call.Release(FakeAnswers.Ok);

        health.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await health.Content.ReadAsStringAsync()).ShouldBe("""{"status":"draining"}""");
        refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        refused.Headers.RetryAfter.ShouldNotBeNull();
        using var answer = await post;
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await balancer.Process.WaitForExitAsync()).ShouldBe(0);
    }

    [Theory]
    [InlineData("TERM", 143)]
    [InlineData("INT", 130)]
    public async Task Signal_Second_EndsAtOnce(string signal, int code)
    {
        using var folder = new TemporaryFolder();
        await using var worker = await HeldWorkerAsync();
        await using var balancer = await BalancerProcess.StartAsync(folder, [worker.Url]);
        await balancer.WaitForWorkersAsync(1);
        var post = balancer.PostTaskAsync("""{"name":"1"}""");
        await worker.WaitForCallsAsync(1);
        balancer.Process.Signal("TERM");
        await balancer.Process.WaitForLineAsync("Stopping");

        balancer.Process.Signal(signal);

        (await balancer.Process.WaitForExitAsync()).ShouldBe(code);
        await Should.ThrowAsync<HttpRequestException>(post);
    }

    private static async Task<FakeWorker> HeldWorkerAsync()
    {
        var worker = await FakeWorker.StartAsync(
            new() { Slots = 2, AuthKey = BalancerProcess.WorkerKey, LbAuthKey = BalancerProcess.Key });
        worker.Answer = FakeAnswers.Held;
        return worker;
    }
}
