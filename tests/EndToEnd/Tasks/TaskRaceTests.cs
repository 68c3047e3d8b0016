using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;
using static ActorBalancer.EndToEnd.Tasks.TaskCalls;

namespace ActorBalancer.EndToEnd.Tasks;

/// <summary>Orders that meet each other, or a task's own end.</summary>
public sealed class TaskRaceTests
{
    [Fact]
    public async Task Retry_TwentyAtOnce_OneMoreRun()
    {
        await using var scene = await TaskScene.StartAsync();
        scene.Worker.AnswerNext(FakeAnswers.Failure);
        var id = await scene.Balancer.SubmitAsync("\"attempts\":1");
        await scene.Balancer.EndOfAsync(id, "dead");

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(_ => scene.Balancer.OrderAsync($"/task/{id}/retry")));
        await scene.Balancer.EndOfAsync(id, "succeeded");

        answers.Count(static answer => answer.Status == 202).ShouldBe(1);
        answers.ShouldAllBe(static answer => answer.Status == 202 || answer.Status == 409 || answer.Status == 503);
        scene.Worker.Calls.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Delete_WhileTasksEnd_TheAnswerIsWhatBecameOfEach()
    {
        const int Count = 200;
        await using var scene = await TaskScene.StartAsync();
        var lines = await scene.Balancer.SubmitManyAsync(Enumerable.Repeat(Body(), Count));
        var ids = lines.Select(static line => line.Text("taskId")!).Reverse().ToList();

        var answers = await Task.WhenAll(ids.Select(id => scene.Balancer.DeleteAsync($"/task/{id}")));

        for (var i = 0; i < Count; i++)
        {
            answers[i].Status.ShouldBeOneOf(200, 409);
            await scene.Balancer.EndOfAsync(ids[i], answers[i].Status == 200 ? "cancelled" : "succeeded");
        }
    }

    [Fact]
    public async Task Kill_AfterACancelIsAcknowledged_ItStaysCancelled()
    {
        await using var scene = await TaskScene.StartAsync();
        scene.Worker.Answer = FakeAnswers.Held;
        var running = await scene.Balancer.SubmitAsync();
        await scene.Worker.WaitForCallAsync();
        var scheduled = await scene.Balancer.SubmitAsync("\"delay\":1000");
        foreach (var id in new[] { running, scheduled })
            (await scene.Balancer.DeleteAsync($"/task/{id}")).Status.ShouldBe(200);

        await scene.KillAndRestartAsync();
        await scene.Balancer.WaitForWorkersAsync(1);
        var later = await scene.Balancer.SubmitAsync("\"delay\":1500");
        (await scene.Worker.WaitForCallAsync()).Release();

        await scene.Balancer.EndOfAsync(later, "succeeded");
        await scene.Balancer.EndOfAsync(running, "cancelled");
        await scene.Balancer.EndOfAsync(scheduled, "cancelled");
        scene.Worker.Calls.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Retention_OverBeforeTheDelivery_TheResultIsKeptForIt()
    {
        await using var receiver = await FakeWorker.StartAsync();
        await using var scene = await TaskScene.StartAsync(
            ("WEBHOOK_ALLOW_PRIVATE", "true"), ("WEBHOOK_RETRY_DELAY", "20ms"), ("WEBHOOK_RETRY_DELAY_MAX", "500ms"),
            ("WEBHOOK_MAX_RETRIES", "1000"));
        await receiver.GoDownAsync();
        var answer = await scene.Balancer.PostAsync(Body(
            $"\"retention\":1,\"mode\":\"webhook\",\"webhook\":{{\"url\":\"{receiver.Url}/task\"}}"));

        // Two others come and go: the archive was looked through meanwhile.
        for (var i = 0; i < 2; i++)
        {
            var other = await scene.Balancer.SubmitAsync("\"retention\":1");
            await scene.WaitForSweepAsync(other);
        }

        receiver.ComeBack();

        (await receiver.WaitForCallAsync()).Header("x-task-id").ShouldBe(answer["taskId"]);
    }

    [Fact]
    public async Task Priority_AfterAKill_DecidesBeforeAge()
    {
        await using var scene = await TaskScene.StartAsync(slots: 1);
        await scene.Balancer.PauseAsync();
        var low = await scene.Balancer.SubmitAsync("\"priority\":9");
        var first = await scene.Balancer.SubmitAsync("\"priority\":2");
        var second = await scene.Balancer.SubmitAsync("\"priority\":2");
        var high = await scene.Balancer.SubmitAsync("\"priority\":1");

        await scene.KillAndRestartAsync();
        await scene.Balancer.ResumeAsync();
        var calls = await scene.Worker.WaitForCallsAsync(4);

        calls.Select(static call => call.Header("x-task-id")).ShouldBe([high, first, second, low]);
    }
}
