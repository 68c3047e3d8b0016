using System.Diagnostics;
using ActorBalancer.EndToEnd.Balancer;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;
using static ActorBalancer.EndToEnd.Tasks.TaskCalls;

namespace ActorBalancer.EndToEnd.Tasks;

/// <summary>What becomes of a task that nobody can run: at once when nobody ever could, later when somebody may come
/// back.</summary>
public sealed class NoWorkerTests
{
    private const string Async = "\"mode\":\"async\"";

    // A worker that is away is noticed, and one that is back found, within a moment.
    private static readonly (string, string)[] Quick =
    [
        ("WORKER_DISCOVERY_INTERVAL", "200ms"), ("WORKER_DISCOVERY_RETRIES", "0"), ("WEBHOOK_ALLOW_PRIVATE", "true"),
    ];

    [Fact]
    public async Task NeverSeen_EveryMode_Is503AtOnce()
    {
        await using var scene = await TaskScene.StartAsync([.. Quick, ("NO_WORKER_GRACE", "1h")]);
        string[] modes =
        [
            "\"mode\":\"sync\"", "\"mode\":\"stream\"", Async,
            "\"mode\":\"webhook\",\"webhook\":{\"url\":\"http://127.0.0.1:9/\"}",
        ];

        foreach (var mode in modes)
        {
            var group = await scene.Balancer.PostAsync(Body(mode, group: "other"));
            var function = await scene.Balancer.PostAsync(Body(mode, function: "other"));

            (group.Status, group["code"]).ShouldBe((503, "no_worker"));
            (function.Status, function["code"]).ShouldBe((503, "no_worker"));
            function["error"]!.ShouldContain("'other'");
        }

        scene.Worker.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task WorkerAway_Async_WaitsAndRunsWhenItIsBack()
    {
        await using var scene = await TaskScene.StartAsync(Quick);
        await scene.Worker.GoDownAsync();
        var atOnce = await scene.Balancer.SubmitAsync();
        await WaitForOfflineAsync(scene);
        var later = await scene.Balancer.SubmitAsync();
        (await scene.Balancer.LookAsync(later)).Text("state").ShouldNotBe("dead");

        scene.Worker.ComeBack();

        await scene.Balancer.EndOfAsync(atOnce, "succeeded");
        (await scene.Balancer.EndOfAsync(later, "succeeded")).GetProperty("attempts").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task WorkerAway_BalancerRestarted_WhatWasSeenIsRememberedAndRunsWhenItIsBack()
    {
        await using var receiver = await FakeWorker.StartAsync();
        await using var scene = await TaskScene.StartAsync([.. Quick, ("NO_WORKER_GRACE", "1s")]);
        await scene.Worker.GoDownAsync();
        await WaitForOfflineAsync(scene);
        var before = await scene.Balancer.SubmitAsync();

        await scene.KillAndRestartAsync();
        var after = await scene.Balancer.SubmitAsync();
        var webhook = await scene.Balancer.PostAsync(
            Body($"\"mode\":\"webhook\",\"webhook\":{{\"url\":\"{receiver.Url}/task\"}}"));
        var unknown = await scene.Balancer.PostAsync(Body(Async, function: "other"));
        var started = Stopwatch.GetTimestamp();
        var sync = await scene.Balancer.PostAsync(Body());
        var waited = Stopwatch.GetElapsedTime(started);
        scene.Worker.ComeBack();

        await scene.Balancer.EndOfAsync(before, "succeeded");
        await scene.Balancer.EndOfAsync(after, "succeeded");
        (webhook.Status, unknown.Status).ShouldBe((200, 503));
        (await receiver.WaitForCallAsync()).Header("x-task-id").ShouldBe(webhook["taskId"]);
        (sync.Status, sync["code"]).ShouldBe((503, "no_worker"));
        waited.ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(1));
    }

    [Theory]
    [InlineData("sync")]
    [InlineData("stream")]
    public async Task WorkerAway_SenderWaits_ForTheGraceOrUntilItIsBack(string mode)
    {
        var body = Body($"\"mode\":\"{mode}\"");
        await using var scene = await TaskScene.StartAsync([.. Quick, ("NO_WORKER_GRACE", "1500ms")]);
        await scene.Worker.GoDownAsync();
        await WaitForOfflineAsync(scene);

        var started = Stopwatch.GetTimestamp();
        var given = await scene.Balancer.PostAsync(body);
        var waited = Stopwatch.GetElapsedTime(started);
        var waiting = scene.Balancer.PostAsync(body);
        await FileWatch.UntilAsync(
            scene.DatabasePath,
            async () => (await scene.Balancer.QueueAsync()).GetProperty("counts").GetProperty("queued").GetInt32() == 1,
            () => "Waited for the task in the queue.");
        scene.Worker.ComeBack();

        (given.Status, given["code"]).ShouldBe((503, "no_worker"));
        waited.ShouldBeInRange(TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(20));
        var served = await waiting;
        served.Status.ShouldBe(200, served.Text);
        scene.Worker.Calls.Count.ShouldBe(1);
    }

    private static async Task WaitForOfflineAsync(TaskScene scene)
    {
        await scene.Balancer.Process.WaitForLineAsync("is lost");
        using var health = await scene.Balancer.SendAsync(HttpMethod.Get, "/health", BalancerProcess.Key);
        (await health.Content.ReadAsStringAsync()).ShouldContain("\"status\":\"offline\"");
    }
}
