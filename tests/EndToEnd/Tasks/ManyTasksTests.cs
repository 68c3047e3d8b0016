using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;
using static ActorBalancer.EndToEnd.Tasks.TaskCalls;

namespace ActorBalancer.EndToEnd.Tasks;

/// <summary>Many tasks in one request: sent, and listed.</summary>
public sealed class ManyTasksTests
{
    [Fact]
    public async Task List_LivingAndEndedMixed_PagesAreWholeNewestFirstAndFiltersHold()
    {
        await using var scene = await TaskScene.StartAsync();
        scene.Worker.AnswerNext(FakeAnswers.BadRequest);
        var dead = await scene.Balancer.SubmitAsync("\"tags\":[\"odd\"]");
        await scene.Balancer.EndOfAsync(dead, "dead");
        var ids = new List<string> { dead };
        for (var i = 0; i < 9; i++)
        {
            ids.Add(await scene.Balancer.SubmitAsync(i % 2 == 0 ? "\"delay\":600000" : "\"tags\":[\"odd\",\"x\"]"));
            if (i % 2 != 0)
                await scene.Balancer.EndOfAsync(ids[^1], "succeeded");
        }

        ids.Reverse();
        string[] Every(int first, int step) => [.. ids.Where((_, index) => index % step == first)];
        (await scene.Balancer.ListAsync("limit=3")).ShouldBe(ids);
        (await scene.Balancer.ListAsync("limit=10")).ShouldBe(ids);
        (await scene.Balancer.ListAsync("state=scheduled&limit=2")).ShouldBe(Every(0, 2));
        (await scene.Balancer.ListAsync("tag=odd&limit=2")).ShouldBe(Every(1, 2));
        (await scene.Balancer.ListAsync("tag=x&state=succeeded&limit=1")).ShouldBe(Every(1, 2)[..^1]);
        (await scene.Balancer.ListAsync("state=dead")).ShouldBe([dead]);
        (await scene.Balancer.ListAsync("group=hello&contract=1&function=hello&limit=4")).ShouldBe(ids);
        (await scene.Balancer.ListAsync("function=other")).ShouldBeEmpty();
        (await scene.Balancer.ListAsync("state=running")).ShouldBeEmpty();
        var wrong = await scene.Balancer.GetAsync("/tasks?sate=dead");
        (wrong.Status, wrong["member"]).ShouldBe((400, "sate"));
        wrong.Text.ShouldContain("'state'");
    }

    [Fact]
    public async Task PostTasks_ThousandLinesWithBadOnesAmongThem_AnswersEachInOrderAndRunsTheGood()
    {
        const int Count = 1000;
        await using var scene = await TaskScene.StartAsync(slots: 1);

        // Every hundredth line is wrong, in turn: no JSON, no function, a mode that has no place here, nobody there.
        static string LineOf(int i) => (i % 400) switch
        {
            99 => "{",
            199 => """{"group":"hello","contract":1}""",
            299 => Body("\"mode\":\"sync\""),
            399 => Body(group: "nobody"),
            _ => Body(input: $$"""{"name":"{{i}}"}"""),
        };
        var answers = await scene.Balancer.SubmitManyAsync(Enumerable.Range(0, Count).Select(LineOf));
        var calls = await scene.Worker.WaitForCallsAsync(Count - (Count / 100));

        answers.Length.ShouldBe(Count);
        var good = new List<(int Line, string Id)>();
        for (var i = 0; i < Count; i++)
        {
            if (i % 100 != 99)
            {
                good.Add((i, answers[i].Text("taskId")!));
                continue;
            }

            answers[i].TryGetProperty("taskId", out _).ShouldBeFalse();
            answers[i].GetProperty("status").GetInt32().ShouldBe(i % 400 == 399 ? 503 : 400);
        }

        answers[99].Text("code").ShouldBe("json_invalid");
        answers[199].Text("member").ShouldBe("function");
        answers[299].Text("member").ShouldBe("mode");
        answers[399].Text("code").ShouldBe("no_worker");
        calls.Select(static call => (
            int.Parse(call.Json().GetProperty("input").Text("name")!), call.Header("x-task-id")!)).ShouldBe(good);
        foreach (var (_, id) in good.Take(3))
            await scene.Balancer.EndOfAsync(id, "succeeded");
    }

    [Fact]
    public async Task PostTasks_Acknowledged_SurviveAKillInTheSameMoment()
    {
        await using var scene = await TaskScene.StartAsync();
        await scene.Balancer.PauseAsync();

        var answers = await scene.Balancer.SubmitManyAsync(Enumerable.Repeat(Body(), 500));
        await scene.KillAndRestartAsync();

        var ids = answers.Select(static answer => answer.Text("taskId")!).Reverse();
        (await scene.Balancer.ListAsync("state=queued&limit=200")).ShouldBe(ids);
    }
}
