using System.Text.Json;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;
using static ActorBalancer.EndToEnd.Tasks.TaskCalls;

namespace ActorBalancer.EndToEnd.Tasks;

/// <summary>Mode async: a task that nobody waits in, and all that can be asked and ordered about it.</summary>
public sealed class AsyncTaskTests
{
    [Fact]
    public async Task Post_ModeAsync_IsAcceptedAndShownWithEveryMember()
    {
        await using var scene = await TaskScene.StartAsync();
        scene.Worker.Answer = FakeAnswers.Held;

        var answer = await scene.Balancer.PostAsync(Body("\"mode\":\"async\",\"priority\":7,\"tags\":[\"a\",\"b\"]"));
        var id = answer["taskId"]!;
        var call = await scene.Worker.WaitForCallAsync();
        var running = await scene.Balancer.LookAsync(id);
        call.Release(FakeAnswers.Json("""{"success":true,"result":{"x":[1,"é"]}}"""));
        var ended = await scene.Balancer.EndOfAsync(id, "succeeded");

        answer.Status.ShouldBe(202);
        answer.Headers.Location!.OriginalString.ShouldBe($"/task/{id}");
        answer.Header("x-task-id").ShouldBe(id);
        answer["state"].ShouldBe("queued");
        call.Header("x-task-id").ShouldBe(id);
        running.Text("state").ShouldBe("running");
        running.Text("worker").ShouldBe(scene.Worker.Url);
        running.TryGetProperty("result", out _).ShouldBeFalse();
        Members(ended).ShouldBe(
        [
            "taskId", "traceId", "state", "group", "contract", "function", "mode", "priority", "tags", "createdAt", "dueAt",
            "startedAt", "finishedAt", "keptUntil", "worker", "attempts", "result",
        ]);
        ended.Text("group").ShouldBe("hello");
        ended.Text("function").ShouldBe("hello");
        ended.Text("mode").ShouldBe("async");
        ended.GetProperty("contract").GetInt32().ShouldBe(1);
        ended.GetProperty("priority").GetInt32().ShouldBe(7);
        ended.GetProperty("tags").GetRawText().ShouldBe("""["a","b"]""");
        ended.GetProperty("result").GetRawText().ShouldBe("""{"x":[1,"é"]}""");
        ended.Time("createdAt").ShouldBeLessThanOrEqualTo(ended.Time("startedAt"));
        ended.Time("startedAt").ShouldBeLessThanOrEqualTo(ended.Time("finishedAt"));
        (ended.Time("keptUntil") - ended.Time("finishedAt")).ShouldBe(TimeSpan.FromHours(24));
        var attempt = ended.GetProperty("attempts").EnumerateArray().ShouldHaveSingleItem();
        Members(attempt).ShouldBe(["number", "worker", "startedAt", "endedAt", "error"]);
        attempt.GetProperty("number").GetInt32().ShouldBe(1);
        attempt.Text("worker").ShouldBe(scene.Worker.Url);
        attempt.Text("error").ShouldBeNull();
    }

    [Fact]
    public async Task Post_PreferRespondAsync_TurnsASyncTaskAndWaitsAsLongAsPreferred()
    {
        await using var scene = await TaskScene.StartAsync();
        scene.Worker.AnswerNext(FakeAnswers.Held);

        var atOnce = await scene.Balancer.PostAsync(Body(), ("Prefer", "respond-async"));
        (await scene.Worker.WaitForCallAsync()).Release();
        var waited = await scene.Balancer.PostAsync(Body(), ("Prefer", "respond-async, wait=30"));

        atOnce.Status.ShouldBe(202);
        atOnce.Header("preference-applied").ShouldBe("respond-async");
        await scene.Balancer.EndOfAsync(atOnce["taskId"]!, "succeeded");
        waited.Status.ShouldBe(200);
        waited["state"].ShouldBe("succeeded");
    }

    [Fact]
    public async Task Get_WithWait_AnswersAtTheEndOrWhenTheTimeIsOver()
    {
        await using var scene = await TaskScene.StartAsync();
        scene.Worker.Answer = FakeAnswers.Held;
        var id = await scene.Balancer.SubmitAsync();
        var call = await scene.Worker.WaitForCallAsync();

        var tooShort = await scene.Balancer.GetAsync($"/task/{id}?wait=50ms");
        var waiting = scene.Balancer.GetAsync($"/task/{id}?wait=30s");
        var preferring = scene.Balancer.CallAsync(HttpMethod.Get, $"/task/{id}", null, ("Prefer", "wait=30"));
        call.Release();

        tooShort["state"].ShouldBe("running");
        (await waiting)["state"].ShouldBe("succeeded");
        (await preferring)["state"].ShouldBe("succeeded");
    }

    [Fact]
    public async Task Get_UnknownOrNoId_Is404AndNothingElse()
    {
        await using var scene = await TaskScene.StartAsync();
        var id = Guid.NewGuid().ToString("N");

        (await scene.Balancer.GetAsync($"/task/{id}")).Status.ShouldBe(404);
        (await scene.Balancer.GetAsync($"/task/{id}/events")).Status.ShouldBe(404);
        (await scene.Balancer.DeleteAsync($"/task/{id}")).Status.ShouldBe(404);
        (await scene.Balancer.OrderAsync($"/task/{id}/retry")).Status.ShouldBe(404);
        (await scene.Balancer.OrderAsync($"/task/{id}/webhook/retry")).Status.ShouldBe(404);
        using var noKey = await scene.Balancer.SendAsync(HttpMethod.Get, $"/task/{id}", null);
        ((int)noKey.StatusCode).ShouldBe(401);
    }

    [Fact]
    public async Task Get_RetentionOver_Is410AndTheListForgets()
    {
        await using var scene = await TaskScene.StartAsync();
        var kept = await scene.Balancer.SubmitAsync();
        var gone = await scene.Balancer.SubmitAsync("\"retention\":1");
        await scene.Worker.WaitForCallsAsync(2);
        await scene.Balancer.EndOfAsync(kept, "succeeded");

        await scene.WaitForSweepAsync(gone);
        (await scene.Balancer.ListAsync("state=succeeded")).ShouldBe([kept]);
        (await scene.Balancer.DeleteAsync($"/task/{gone}")).Status.ShouldBe(410);
        (await scene.Balancer.GetAsync($"/task/{gone}/events")).Status.ShouldBe(410);
    }

    [Fact]
    public async Task Delete_InEveryState_CancelsOrSaysTooLate()
    {
        await using var scene = await TaskScene.StartAsync(slots: 1);
        scene.Worker.Answer = FakeAnswers.Held;
        var running = await scene.Balancer.SubmitAsync();
        var call = await scene.Worker.WaitForCallAsync();
        var queued = await scene.Balancer.SubmitAsync();
        var scheduled = await scene.Balancer.SubmitAsync("\"delay\":600000");
        (await scene.Balancer.LookAsync(queued)).Text("state").ShouldBe("queued");
        (await scene.Balancer.LookAsync(scheduled)).Text("state").ShouldBe("scheduled");

        foreach (var id in new[] { queued, scheduled, running })
        {
            var answer = await scene.Balancer.DeleteAsync($"/task/{id}");
            answer.Status.ShouldBe(200, answer.Text);
            answer["outcome"].ShouldBe("cancelled");
            (await scene.Balancer.DeleteAsync($"/task/{id}")).Status.ShouldBe(200);
            (await scene.Balancer.LookAsync(id)).Text("state").ShouldBe("cancelled");
        }

        await call.ClientGone.WaitAsync(TimeSpan.FromSeconds(30));
        scene.Worker.Answer = FakeAnswers.Ok;
        var done = await scene.Balancer.SubmitAsync();
        await scene.Balancer.EndOfAsync(done, "succeeded");
        var tooLate = await scene.Balancer.DeleteAsync($"/task/{done}");
        tooLate.Status.ShouldBe(409);
        tooLate["code"].ShouldBe("too-late");
        tooLate["outcome"].ShouldBe("too-late");
        tooLate["state"].ShouldBe("succeeded");
        scene.Worker.Calls.Select(static made => made.Header("x-task-id")).ShouldBe([running, done]);
    }

    [Fact]
    public async Task Delete_WhileItsSenderWaits_TheSenderIsTold()
    {
        await using var scene = await TaskScene.StartAsync();
        scene.Worker.Answer = FakeAnswers.Held;
        var waiting = scene.Balancer.PostAsync(Body());
        var call = await scene.Worker.WaitForCallAsync();

        (await scene.Balancer.DeleteAsync($"/task/{call.Header("x-task-id")}")).Status.ShouldBe(200);

        (await waiting).Status.ShouldBe(409);
        await call.ClientGone.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Retry_DeadAndCancelled_RunAgainAndOthersAreRefused()
    {
        await using var scene = await TaskScene.StartAsync();
        scene.Worker.AnswerNext(FakeAnswers.Failure, FakeAnswers.Failure);
        var dead = await scene.Balancer.SubmitAsync("\"attempts\":2,\"backoff\":{\"type\":\"fixed\",\"delay\":0}");
        var failed = await scene.Balancer.EndOfAsync(dead, "dead");
        var cancelled = await scene.Balancer.SubmitAsync("\"delay\":600000");
        await scene.Balancer.DeleteAsync($"/task/{cancelled}");

        (await scene.Balancer.OrderAsync($"/task/{dead}/retry")).Status.ShouldBe(202);
        (await scene.Balancer.OrderAsync($"/task/{cancelled}/retry")).Status.ShouldBe(202);

        failed.Text("error").ShouldBe("It failed");
        failed.GetProperty("attempts").GetArrayLength().ShouldBe(2);
        var retried = await scene.Balancer.EndOfAsync(dead, "succeeded");
        await scene.Balancer.EndOfAsync(cancelled, "succeeded");
        retried.GetProperty("attempts").EnumerateArray()
            .Select(static attempt => (attempt.GetProperty("number").GetInt32(), attempt.Text("error")))
            .ShouldBe([(1, "It failed"), (2, "It failed"), (3, null)]);
        var again = await scene.Balancer.OrderAsync($"/task/{dead}/retry");
        again.Status.ShouldBe(409);
        again["code"].ShouldBe("not_retryable");
    }

    private static IEnumerable<string> Members(JsonElement json) =>
        json.EnumerateObject().Select(static member => member.Name);
}
