using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;
using static ActorBalancer.EndToEnd.Tasks.TaskCalls;

namespace ActorBalancer.EndToEnd.Tasks;

/// <summary>The same Idempotency-Key makes one task, however often and fast it comes.</summary>
public sealed class IdempotencyTests
{
    private const int Parallel = 100;
    private const string Async = "\"mode\":\"async\"";
    private static readonly (string, string) Key = ("Idempotency-Key", "order-7");

    [Fact]
    public async Task Async_HundredAtOnce_OneTaskAndOneRun()
    {
        await using var scene = await TaskScene.StartAsync();

        var answers = await Task.WhenAll(
            Enumerable.Range(0, Parallel).Select(_ => scene.Balancer.PostAsync(Body(Async), Key)));
        var id = answers[0]["taskId"]!;
        await scene.Balancer.EndOfAsync(id, "succeeded");
        var later = await scene.Balancer.PostAsync(Body(Async), Key);

        answers.ShouldAllBe(answer => answer.Status == 202 && answer["taskId"] == id);
        later["taskId"].ShouldBe(id);
        scene.Worker.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Sync_HundredAtOnce_OneRunAndTheSameAnswer()
    {
        await using var scene = await TaskScene.StartAsync();
        scene.Worker.Answer = FakeAnswers.Held;

        var posts = Enumerable.Range(0, Parallel).Select(_ => scene.Balancer.PostAsync(Body(), Key)).ToArray();
        var call = await scene.Worker.WaitForCallAsync();
        call.Release(FakeAnswers.Json("""{"success":true,"result":{"n":42}}"""));
        var answers = await Task.WhenAll(posts);
        var later = await scene.Balancer.PostAsync(Body(), Key);

        var id = call.Header("x-task-id");
        answers.Append(later).ShouldAllBe(answer => answer.Status == 200
            && answer.Text == """{"success":true,"result":{"n":42}}""" && answer.Header("x-task-id") == id);
        scene.Worker.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Sync_TheTaskFails_RepetitionsGetTheSameErrorWithoutARun()
    {
        await using var scene = await TaskScene.StartAsync();
        scene.Worker.Answer = FakeAnswers.Failure;

        var first = await scene.Balancer.PostAsync(Body("\"attempts\":1"), Key);
        var again = await scene.Balancer.PostAsync(Body("\"attempts\":1"), Key);

        (first.Status, again.Status).ShouldBe((500, 500));
        again.Text.ShouldBe(first.Text);
        scene.Worker.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task AnotherBody_WhileItLivesAndAfterwards_IsRefused()
    {
        await using var scene = await TaskScene.StartAsync();
        scene.Worker.Answer = FakeAnswers.Held;
        var id = (await scene.Balancer.PostAsync(Body(Async), Key))["taskId"]!;
        var call = await scene.Worker.WaitForCallAsync();

        var live = await scene.Balancer.PostAsync(Body(Async, input: """{"name":"b"}"""), Key);
        var sync = await scene.Balancer.PostAsync(Body(), Key);
        call.Release();
        await scene.Balancer.EndOfAsync(id, "succeeded");
        var ended = await scene.Balancer.PostAsync(Body(Async, input: """{"name":"b"}"""), Key);
        await scene.KillAndRestartAsync();
        await scene.Balancer.WaitForWorkersAsync(1);
        var restarted = await scene.Balancer.PostAsync(Body(Async, input: """{"name":"b"}"""), Key);

        new[] { live, sync, ended, restarted }
            .ShouldAllBe(static answer => answer.Status == 422 && answer["code"] == "idempotency_key_reused");
        scene.Worker.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Stream_WithAKey_IsRefusedSinceItCannotBeGivenTwice()
    {
        await using var scene = await TaskScene.StartAsync();

        var answer = await scene.Balancer.PostAsync(Body("\"mode\":\"stream\""), Key);

        (answer.Status, answer["member"]).ShouldBe((400, "Idempotency-Key"));
        scene.Worker.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task Kill_TaskQueuedOrEnded_TheKeyStillMeansTheSameTask()
    {
        await using var scene = await TaskScene.StartAsync();
        var other = ("Idempotency-Key", "order-8");
        var ended = await scene.Balancer.PostAsync(Body(), Key);
        await scene.Balancer.PauseAsync();
        var queued = (await scene.Balancer.PostAsync(Body(Async), other))["taskId"]!;

        await scene.KillAndRestartAsync();
        var again = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(_ => scene.Balancer.PostAsync(Body(Async), other)));
        var endedAgain = await scene.Balancer.PostAsync(Body(), Key);
        await scene.Balancer.ResumeAsync();
        await scene.Balancer.EndOfAsync(queued, "succeeded");

        again.ShouldAllBe(answer => answer["taskId"] == queued);
        (endedAgain.Status, endedAgain.Text).ShouldBe((200, ended.Text));
        endedAgain.Header("x-task-id").ShouldBe(ended.Header("x-task-id"));
        scene.Worker.Calls.Count.ShouldBe(2);
    }
}
