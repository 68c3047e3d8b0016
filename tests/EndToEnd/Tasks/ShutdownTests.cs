using ActorBalancer.EndToEnd.Balancer;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;
using static ActorBalancer.EndToEnd.Tasks.TaskCalls;

namespace ActorBalancer.EndToEnd.Tasks;

/// <summary>SIGTERM ends the balancer in order; a second one at once. Neither loses what was acknowledged.</summary>
public sealed class ShutdownTests
{
    private const string Stopping = "Stopping: ";

    [Fact]
    public async Task Sigterm_RunningTasksEnd_NewOnesAreRefusedAndTheExitIsClean()
    {
        await using var scene = await TaskScene.StartAsync(slots: 3);
        scene.Worker.Answer = FakeAnswers.Held;
        var sync = scene.Balancer.PostAsync(Body());
        var async = await scene.Balancer.SubmitAsync();
        var calls = await scene.Worker.WaitForCallsAsync(2);
        scene.Worker.AnswerNext(async call =>
        {
            await call.BeginChunksAsync(200, "text/plain");
            await call.SendChunkAsync("a");
            await (await call.WaitForReleaseAsync())(call);
        });
        using var stream = await scene.Balancer.OpenAsync(HttpMethod.Post, "/task", Body("\"mode\":\"stream\""));
        var streaming = await scene.Worker.WaitForCallAsync();
        var queued = await scene.Balancer.SubmitAsync();
        var queuedSync = scene.Balancer.PostAsync(Body());
        var watching = scene.Balancer.GetAsync($"/task/{queued}?wait=300s");

        scene.Balancer.Process.Signal("TERM");
        await scene.Balancer.Process.WaitForLineAsync(Stopping);
        var isWatched = await watching;
        (await queuedSync).Status.ShouldBe(503);
        var refused = await Task.WhenAll(
            new[] { "sync", "stream", "async" }.Select(mode => scene.Balancer.PostAsync(Body($"\"mode\":\"{mode}\""))));
        var batch = await scene.Balancer.SubmitManyAsync([Body()]);
        var health = await scene.Balancer.GetAsync("/health");
        foreach (var call in calls)
            call.Release();
        streaming.Release(async call =>
        {
            await call.SendChunkAsync("b");
            await call.SendChunkAsync("");
        });

        refused.ShouldAllBe(static answer => answer.Status == 503 && answer.Header("retry-after") != null);
        batch[0].GetProperty("status").GetInt32().ShouldBe(503);
        (health.Status, health["status"]).ShouldBe((503, "draining"));
        isWatched["state"].ShouldBe("queued");
        (await sync).Status.ShouldBe(200);
        (await stream.Content.ReadAsStringAsync()).ShouldBe("ab");
        (await scene.Balancer.Process.WaitForExitAsync()).ShouldBe(0);
        scene.Worker.Calls.Count.ShouldBe(3);

        scene.Worker.Answer = FakeAnswers.Ok;
        await scene.StartBalancerAsync();
        (await scene.Balancer.EndOfAsync(async, "succeeded")).GetProperty("attempts").GetArrayLength().ShouldBe(1);
        await scene.Balancer.EndOfAsync(queued, "succeeded");
        scene.Worker.Calls.Count(call => call.Header("x-task-id") == async).ShouldBe(1);
    }

    [Fact]
    public async Task Sigterm_DrainTimeOver_ExitsAndTheTaskRunsAfterTheRestart()
    {
        await using var scene = await TaskScene.StartAsync(("DRAIN_TIMEOUT", "300ms"));
        scene.Worker.Answer = FakeAnswers.Held;
        var async = await scene.Balancer.SubmitAsync();
        var sync = scene.Balancer.PostAsync(Body());
        var calls = await scene.Worker.WaitForCallsAsync(2);

        scene.Balancer.Process.Signal("TERM");
        (await scene.Balancer.Process.WaitForExitAsync()).ShouldBe(0);
        foreach (var call in calls)
            await call.ClientGone.WaitAsync(TimeSpan.FromSeconds(30));
        var told = await AnswerOfAsync(sync);
        scene.Worker.Answer = FakeAnswers.Ok;
        await scene.StartBalancerAsync();

        told.ShouldBeOneOf(503, null);
        await scene.Balancer.EndOfAsync(async, "succeeded");
        scene.Worker.Calls.Count(call => call.Header("x-task-id") == async).ShouldBe(2);
    }

    [Fact]
    public async Task SecondSignal_EndsAtOnce_AndNothingAcknowledgedIsLost()
    {
        const int Count = 300;
        await using var scene = await TaskScene.StartAsync();
        scene.Worker.Answer = FakeAnswers.Held;
        var lines = await scene.Balancer.SubmitManyAsync(Enumerable.Repeat(Body(), Count));
        await scene.Worker.WaitForCallsAsync(10);

        scene.Balancer.Process.Signal("TERM");
        await scene.Balancer.Process.WaitForLineAsync(Stopping);
        scene.Balancer.Process.Signal("TERM");
        (await scene.Balancer.Process.WaitForExitAsync()).ShouldBe(143);
        scene.Worker.Answer = FakeAnswers.Ok;
        await scene.StartBalancerAsync();

        foreach (var line in lines)
            await scene.Balancer.EndOfAsync(line.Text("taskId")!, "succeeded");
    }

    // Null when the connection was closed: a sender is told that, or nothing else than an error.
    private static async Task<int?> AnswerOfAsync(Task<Answer> sender)
    {
        try
        {
            return (await sender).Status;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }
}
