using System.Text.Json;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;
using static ActorBalancer.EndToEnd.Tasks.TaskCalls;

namespace ActorBalancer.EndToEnd.Tasks;

/// <summary>Queues are stopped, counted and bounded.</summary>
public sealed class QueueControlTests
{
    [Fact]
    public async Task Pause_KeptOverARestart_TakesTasksInAndHandsNoneOutUntilResumed()
    {
        await using var scene = await TaskScene.StartAsync();
        await scene.Balancer.PauseAsync();
        var before = await scene.Balancer.SubmitAsync();

        await scene.KillAndRestartAsync();
        await scene.Balancer.WaitForWorkersAsync(1);
        var after = await scene.Balancer.SubmitAsync();
        var sync = scene.Balancer.PostAsync(Body("\"ttl\":200"));
        (await sync).Status.ShouldBe(504);
        var paused = await scene.Balancer.QueueAsync();
        scene.Worker.Calls.ShouldBeEmpty();
        await scene.Balancer.ResumeAsync();

        paused.GetProperty("paused").GetBoolean().ShouldBeTrue();
        paused.Text("pausedUntil").ShouldBeNull();
        paused.GetProperty("counts").GetProperty("queued").GetInt32().ShouldBe(2);
        await scene.Balancer.EndOfAsync(before, "succeeded");
        await scene.Balancer.EndOfAsync(after, "succeeded");
        (await scene.Balancer.QueueAsync()).GetProperty("paused").GetBoolean().ShouldBeFalse();
        await scene.KillAndRestartAsync();
        (await scene.Balancer.QueueAsync()).GetProperty("paused").GetBoolean().ShouldBeFalse();
    }

    [Fact]
    public async Task Pause_ForATime_EndsByItselfNotEarlier()
    {
        await using var scene = await TaskScene.StartAsync();
        await scene.Balancer.PauseAsync("?for=2s");
        var id = await scene.Balancer.SubmitAsync();
        var until = (await scene.Balancer.QueueAsync()).Time("pausedUntil");

        var ended = await scene.Balancer.EndOfAsync(id, "succeeded");

        ended.Time("startedAt").ShouldBeGreaterThanOrEqualTo(until);
        (await scene.Balancer.QueueAsync()).GetProperty("paused").GetBoolean().ShouldBeFalse();
        (await scene.Balancer.OrderAsync("/queues/hello/1/pause?for=soon")).Status.ShouldBe(400);
        (await scene.Balancer.OrderAsync("/queues/other/1/pause")).Status.ShouldBe(404);
        (await scene.Balancer.OrderAsync("/queues/other/1/resume")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task Queues_TasksInEveryState_AreCountedWithRatesAndAge()
    {
        await using var scene = await TaskScene.StartAsync(slots: 1);
        scene.Worker.AnswerNext(FakeAnswers.Ok, FakeAnswers.BadRequest, FakeAnswers.Failure);
        await scene.Balancer.EndOfAsync(await scene.Balancer.SubmitAsync(), "succeeded");
        await scene.Balancer.EndOfAsync(await scene.Balancer.SubmitAsync(), "dead");
        var retrying = await scene.Balancer.SubmitAsync("\"backoff\":{\"type\":\"fixed\",\"delay\":600000}");
        await scene.Worker.WaitForCallsAsync(3);
        scene.Worker.Answer = FakeAnswers.Held;
        await scene.Balancer.SubmitAsync();
        var running = await scene.Worker.WaitForCallAsync();
        await scene.Balancer.SubmitAsync();
        await scene.Balancer.SubmitAsync("\"delay\":600000");
        await scene.Balancer.DeleteAsync($"/task/{await scene.Balancer.SubmitAsync("\"delay\":600000")}");
        await scene.Balancer.EndOfAsync(await scene.Balancer.SubmitAsync("\"ttl\":1"), "expired");
        (await scene.Balancer.LookAsync(retrying)).Text("state").ShouldBe("retrying");

        var queue = await scene.Balancer.QueueAsync();

        queue.Text("group").ShouldBe("hello");
        queue.GetProperty("contract").GetInt32().ShouldBe(1);
        queue.GetProperty("counts").EnumerateObject().Select(static count => $"{count.Name} {count.Value}").ShouldBe(
        [
            "scheduled 1", "queued 1", "running 1", "retrying 1", "succeeded 1", "dead 1", "cancelled 1", "expired 1",
        ]);
        queue.GetProperty("oldestAgeMs").GetInt64().ShouldBeGreaterThan(0);
        queue.GetProperty("rates").GetProperty("inPerSecond").ValueKind.ShouldBe(JsonValueKind.Number);
        queue.GetProperty("rates").GetProperty("outPerSecond").ValueKind.ShouldBe(JsonValueKind.Number);
        running.Release();
    }

    [Fact]
    public async Task QueueLimit_Reached_Is429WithRetryAfterUntilThereIsRoom()
    {
        await using var scene = await TaskScene.StartAsync(slots: 1, ("QUEUE_LIMIT", "3"));
        await scene.Balancer.PauseAsync();
        var lines = await scene.Balancer.SubmitManyAsync(Enumerable.Repeat(Body(), 4));

        var sync = await scene.Balancer.PostAsync(Body());
        var async = await scene.Balancer.PostAsync(Body("\"mode\":\"async\""));
        await scene.Balancer.DeleteAsync($"/task/{lines[0].Text("taskId")}");
        var room = await scene.Balancer.PostAsync(Body("\"mode\":\"async\""));

        lines[3].GetProperty("status").GetInt32().ShouldBe(429);
        foreach (var answer in new[] { sync, async })
        {
            (answer.Status, answer["code"]).ShouldBe((429, "queue_full"));
            int.Parse(answer.Header("retry-after")!).ShouldBeInRange(1, 300);
        }

        room.Status.ShouldBe(202);
    }

    [Fact]
    public async Task QueueBytesLimit_Reached_Is503WithRetryAfterUntilThereIsRoom()
    {
        await using var scene = await TaskScene.StartAsync(("QUEUE_BYTES_LIMIT", "1mb"), ("REQUEST_BODY_LIMIT", "1mb"));
        await scene.Balancer.PauseAsync();
        var large = Body("\"mode\":\"async\"", input: $$"""{"name":"{{new string('x', 400 * 1024)}}"}""");

        var first = await scene.Balancer.PostAsync(large);
        var second = await scene.Balancer.PostAsync(large);
        var third = await scene.Balancer.PostAsync(large);
        await scene.KillAndRestartAsync();
        var restarted = await scene.Balancer.PostAsync(large);
        await scene.Balancer.DeleteAsync($"/task/{first["taskId"]}");
        var room = await scene.Balancer.PostAsync(large);

        (first.Status, second.Status, room.Status).ShouldBe((202, 202, 202));
        foreach (var answer in new[] { third, restarted })
        {
            (answer.Status, answer["code"]).ShouldBe((503, "overloaded"));
            int.Parse(answer.Header("retry-after")!).ShouldBeInRange(1, 300);
        }
    }
}
