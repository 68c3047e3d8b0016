using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;
using static ActorBalancer.EndToEnd.Tasks.TaskCalls;

namespace ActorBalancer.EndToEnd.Tasks;

/// <summary>Tasks that failed for good are kept, with all their attempts, until somebody decides about them.</summary>
public sealed class DeadLetterTests
{
    private const string Twice = "\"attempts\":2,\"backoff\":{\"type\":\"fixed\",\"delay\":0}";

    [Fact]
    public async Task Dead_OfEveryMode_AreListedWithTheirAttemptsAfterAKillToo()
    {
        await using var scene = await TaskScene.StartAsync();
        scene.Worker.Answer = FakeAnswers.Failure;
        var async = await scene.Balancer.SubmitAsync(Twice);
        await scene.Balancer.EndOfAsync(async, "dead");
        var sync = await scene.Balancer.PostAsync(Body(Twice));
        sync.Status.ShouldBe(500);
        var syncId = sync.Header("x-task-id")!;
        await scene.Balancer.EndOfAsync(syncId, "dead");

        await scene.KillAndRestartAsync();

        var page = (await scene.Balancer.GetAsync("/tasks?state=dead")).Json;
        var dead = page.GetProperty("tasks").EnumerateArray().ToList();
        dead.Select(static task => task.Text("taskId")).ShouldBe([syncId, async]);
        foreach (var task in dead)
        {
            task.Text("error").ShouldBe("It failed");
            (task.Time("keptUntil") - task.Time("finishedAt")).ShouldBe(TimeSpan.FromDays(7));
            task.GetProperty("attempts").EnumerateArray().Select(static attempt =>
                    (attempt.GetProperty("number").GetInt32(), attempt.Text("error")))
                .ShouldBe([(1, "It failed"), (2, "It failed")]);
            task.GetProperty("attempts").EnumerateArray()
                .ShouldAllBe(attempt => attempt.Text("worker") == scene.Worker.Url);
        }
    }

    [Fact]
    public async Task Retry_OneThenAllOfAFilter_RunAgainAndSucceed()
    {
        await using var scene = await TaskScene.StartAsync();
        scene.Worker.Answer = FakeAnswers.Failure;
        var ids = new List<string>();
        for (var i = 0; i < 6; i++)
            ids.Add(await scene.Balancer.SubmitAsync($"\"tags\":[\"t{i % 2}\"],\"attempts\":1"));
        foreach (var id in ids)
            await scene.Balancer.EndOfAsync(id, "dead");
        scene.Worker.Answer = FakeAnswers.Ok;

        (await scene.Balancer.OrderAsync($"/task/{ids[0]}/retry")).Status.ShouldBe(202);
        await scene.Balancer.EndOfAsync(ids[0], "succeeded");
        var odd = await scene.Balancer.OrderAsync("/tasks/retry?state=dead&group=hello&tag=t1");
        var others = await scene.Balancer.OrderAsync("/tasks/retry?state=dead&group=other");

        odd.Json.GetProperty("retried").GetInt32().ShouldBe(3);
        others.Json.GetProperty("retried").GetInt32().ShouldBe(0);
        foreach (var id in ids.Where((_, i) => i % 2 == 1))
            await scene.Balancer.EndOfAsync(id, "succeeded");
        (await scene.Balancer.ListAsync("state=dead")).ShouldBe([ids[4], ids[2]]);
    }

    [Fact]
    public async Task Retried_Acknowledged_SurvivesAKill()
    {
        await using var scene = await TaskScene.StartAsync();
        scene.Worker.AnswerNext(FakeAnswers.Failure);
        var id = await scene.Balancer.SubmitAsync("\"attempts\":1");
        await scene.Balancer.EndOfAsync(id, "dead");
        await scene.Balancer.PauseAsync();
        (await scene.Balancer.OrderAsync($"/task/{id}/retry")).Status.ShouldBe(202);

        await scene.KillAndRestartAsync();
        (await scene.Balancer.LookAsync(id)).Text("state").ShouldBe("queued");
        (await scene.Balancer.ListAsync("limit=10")).ShouldBe([id]);
        await scene.Balancer.ResumeAsync();

        (await scene.Balancer.EndOfAsync(id, "succeeded")).GetProperty("attempts").GetArrayLength().ShouldBe(2);
    }

    [Fact]
    public async Task Purge_NeedsAStateAndForgetsWhatItNames()
    {
        await using var scene = await TaskScene.StartAsync();
        scene.Worker.AnswerNext(FakeAnswers.BadRequest, FakeAnswers.BadRequest);
        var dead = await scene.Balancer.SubmitAsync();
        await scene.Balancer.EndOfAsync(dead, "dead");
        await scene.Balancer.EndOfAsync(await scene.Balancer.SubmitAsync(), "dead");
        var done = await scene.Balancer.SubmitAsync();
        await scene.Balancer.EndOfAsync(done, "succeeded");

        var everything = await scene.Balancer.DeleteAsync("/tasks");
        var living = await scene.Balancer.DeleteAsync("/tasks?state=queued");
        var purged = await scene.Balancer.DeleteAsync("/tasks?state=dead&group=hello");

        (everything.Status, living.Status).ShouldBe((400, 400));
        purged.Json.GetProperty("deleted").GetInt32().ShouldBe(2);
        (await scene.Balancer.ListAsync("limit=10")).ShouldBe([done]);
        (await scene.Balancer.GetAsync($"/task/{dead}")).Status.ShouldBeOneOf(404, 410);
        (await scene.Balancer.OrderAsync($"/task/{dead}/retry")).Status.ShouldBeOneOf(404, 410);
    }
}
