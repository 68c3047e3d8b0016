using System.Text.Json;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.Cli.Tests.Commands;

public sealed class TaskTests
{
    [Fact]
    public async Task List_Filters_AreAskedForAndRowsShown()
    {
        await using var stub = new StubBalancer()
            .On("GET /tasks", "{\"tasks\":[" + Bodies.Task + "],\"cursor\":null}");

        var result = await new CliRun(stub).RunAsync(
            "tasks", "list", "--state", "succeeded", "--group", "a b", "--contract", "1", "--function", "greet",
            "--tag", "order-17", "--limit", "7");

        stub.Calls.ShouldBe(
            ["GET /tasks?state=succeeded&group=a%20b&contract=1&function=greet&tag=order-17&limit=7"]);
        result.Lines[1].ShouldStartWith(Bodies.TaskId + "  succeeded  hello/1  greet");
        result.Lines[1].ShouldContain("250ms      2");
    }

    [Fact]
    public async Task List_MoreThanAPage_FollowsTheCursorUpToTheLimit()
    {
        var page = "{\"tasks\":[" + string.Join(',', Enumerable.Repeat(Bodies.Task, 1000)) + "],\"cursor\":\"c1\"}";
        await using var stub = new StubBalancer().On("GET /tasks?limit=1000", page)
            .On("GET /tasks?limit=500", "{\"tasks\":[" + Bodies.Task + "],\"cursor\":null}");

        var result = await new CliRun(stub).RunAsync("tasks", "--limit", "1500", "--json");

        stub.Calls.ShouldBe(["GET /tasks?limit=1000", "GET /tasks?limit=500&cursor=c1"]);
        result.Json.GetProperty("tasks").GetArrayLength().ShouldBe(1001);
    }

    [Fact]
    public async Task List_None_SaysSo()
    {
        await using var stub = new StubBalancer().On("GET /tasks", """{"tasks":[],"cursor":null}""");

        (await new CliRun(stub).RunAsync("tasks")).Out.ShouldBe("no tasks\n");
    }

    [Fact]
    public async Task Show_Ended_AttemptsAndResult()
    {
        await using var stub = new StubBalancer().On("GET /task/" + Bodies.TaskId, Bodies.Task);

        var result = await new CliRun(stub).RunAsync("tasks", "show", Bodies.TaskId);

        result.Out.ShouldContain("state       succeeded");
        result.Out.ShouldContain("attempt 1   http://10.0.0.2:5001  2026-01-02 03:04:05Z  200ms  boom");
        result.Out.ShouldContain("  \"message\": \"Hello\"");
    }

    [Fact]
    public async Task Show_Unknown_Fails()
    {
        await using var stub = new StubBalancer().Refuse("GET /task/", 404, "task_unknown", "There is no such task.");

        var result = await new CliRun(stub).RunAsync("tasks", "show", "x/../y");

        result.Code.ShouldBe(1);
        result.Error.ShouldBe("abm: There is no such task\n");
        stub.Calls.ShouldBe(["GET /task/x%2F..%2Fy"]);
    }

    [Fact]
    public async Task Submit_AllOptions_AreInTheTask()
    {
        await using var stub = new StubBalancer()
            .On("POST /task", """{"success":true,"taskId":"id-1","state":"queued"}""", 202);

        var result = await new CliRun(stub).With("ABM_WORKER_KEY", "wk").RunAsync(
            "tasks", "submit", "hello", "greet", "--contract", "2", "--input", """{"name":"X"}""", "--priority", "5",
            "--tag", "a", "--tag", "b", "--delay", "2s", "--ttl", "1h", "--task-timeout", "500ms", "--attempts", "4",
            "--ordering-key", "o", "--idempotency-key", "i");

        result.Code.ShouldBe(0);
        result.Out.ShouldBe("id-1\n");
        var request = stub.Requests[0];
        JsonElement.DeepEquals(JsonElement.Parse(request.Body), JsonElement.Parse("""
            {"group":"hello","function":"greet","contract":2,"mode":"async","input":{"name":"X"},"priority":5,
             "tags":["a","b"],"delay":2000,"ttl":3600000,"timeout":500,"attempts":4,"orderingKey":"o"}
            """)).ShouldBeTrue(request.Body);
        request.Headers["x-wr-auth"].ShouldBe("wk");
        request.Headers["Idempotency-Key"].ShouldBe("i");
        request.Headers["Content-Type"].ShouldBe("application/json");
    }

    [Theory]
    [InlineData("-")]
    [InlineData("@file")]
    public async Task Submit_InputFromElsewhere_IsRead(string input)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Combine("input.json");
        await File.WriteAllTextAsync(path, """{"from":"there"}""");
        await using var stub = new StubBalancer().On("POST /task", """{"success":true,"result":{"ok":1}}""");

        var result = await new CliRun(stub) { Input = """{"from":"there"}""" }.RunAsync(
            "tasks", "submit", "hello", "greet", "--mode", "sync", "--input", input == "-" ? "-" : "@" + path, "--json");

        result.Out.ShouldBe("""{"success":true,"result":{"ok":1}}""" + "\n");
        stub.Requests[0].Body.ShouldContain("\"from\":\"there\"");
    }

    [Theory]
    [InlineData("{", "no JSON")]
    [InlineData("[1]", "no JSON object")]
    [InlineData("@/nonexistent/file", "cannot read")]
    public async Task Submit_WrongInput_IsWrongUsage(string input, string error)
    {
        await using var stub = new StubBalancer();

        var result = await new CliRun(stub).RunAsync("tasks", "submit", "hello", "greet", "--input", input);

        result.Code.ShouldBe(2);
        result.Error.ShouldContain(error);
        stub.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Submit_WrongMode_IsWrongUsage()
    {
        var result = await new CliRun().RunAsync("tasks", "submit", "hello", "greet", "--mode", "later");

        result.Code.ShouldBe(2);
        result.Error.ShouldContain("later");
    }

    [Fact]
    public async Task SubmitWait_Succeeds_ShowsEventsThenTheTask()
    {
        await using var stub = new StubBalancer()
            .On("POST /task", $$"""{"success":true,"taskId":"{{Bodies.TaskId}}","state":"queued"}""", 202)
            .Stream(
                $"GET /task/{Bodies.TaskId}/events", ("queued", "{}"), ("started", """{"attempt":1}"""),
                ("progress", """{"percent":50}"""), ("completed", """{"message":"Hello"}"""))
            .On("GET /task/" + Bodies.TaskId, Bodies.Task);

        var result = await new CliRun(stub).RunAsync("tasks", "submit", "hello", "greet", "--wait");

        result.Code.ShouldBe(0);
        result.Out.ShouldContain("\"message\": \"Hello\"");
        result.Error.ShouldContain("started attempt 1");
        result.Error.ShouldContain("progress percent 50");
        result.Error.ShouldContain("completed");
    }

    [Fact]
    public async Task Wait_TaskDies_FailsAndShowsIt()
    {
        await using var stub = new StubBalancer()
            .Stream("GET /task/t1/events", ("failed", """{"error":"no"}"""))
            .On("GET /task/t1", """{"taskId":"t1","state":"dead","error":"no"}""");

        var result = await new CliRun(stub).RunAsync("tasks", "wait", "t1", "--json");

        result.Code.ShouldBe(1);
        result.Lines[0].ShouldBe("""{"event":"failed","data":{"error":"no"}}""");
        result.Lines[1].ShouldContain("\"dead\"");
    }

    [Fact]
    public async Task Wait_NoEndInTime_Fails()
    {
        await using var stub = new StubBalancer()
            .On("GET /task/t1/events", new StubAnswer(200, "text/event-stream", "event: queued\ndata: {}\n\n", true));

        var result = await new CliRun(stub).RunAsync("tasks", "wait", "t1", "--timeout", "300ms");

        result.Code.ShouldBe(1);
        result.Error.ShouldContain("task t1 did not end within 300ms");
    }

    [Fact]
    public async Task RetryAndCancel_One_AreGiven()
    {
        await using var stub = new StubBalancer()
            .On("POST /task/t1/retry", """{"taskId":"t1","state":"queued"}""", 202)
            .On("DELETE /task/t1", """{"taskId":"t1","state":"cancelled","outcome":"cancelled"}""");

        (await new CliRun(stub).RunAsync("tasks", "retry", "t1")).Out.ShouldBe("t1 is queued\n");
        (await new CliRun(stub).RunAsync("tasks", "cancel", "t1")).Out.ShouldBe("t1 is cancelled\n");
    }

    [Fact]
    public async Task Cancel_TooLate_Fails()
    {
        await using var stub = new StubBalancer().Refuse("DELETE /task/t1", 409, "too-late", "The task has ended.");

        var result = await new CliRun(stub).RunAsync("tasks", "cancel", "t1");

        result.Code.ShouldBe(1);
        result.Error.ShouldBe("abm: The task has ended\n");
    }

    [Fact]
    public async Task RetryAndCancel_Filter_AreGiven()
    {
        await using var stub = new StubBalancer().On("POST /tasks/retry", """{"retried":12}""")
            .On("POST /tasks/cancel", """{"cancelled":3}""");

        (await new CliRun(stub).RunAsync("tasks", "retry", "--state", "dead", "--group", "g")).Out
            .ShouldBe("12 tasks retried\n");
        (await new CliRun(stub).RunAsync("tasks", "cancel", "--state", "queued", "--tag", "t", "--yes", "--json")).Out
            .ShouldBe("{\"cancelled\":3}\n");

        stub.Calls.ShouldBe(["POST /tasks/retry?state=dead&group=g", "POST /tasks/cancel?state=queued&tag=t"]);
    }

    [Theory]
    [InlineData("tasks", "retry")]
    [InlineData("tasks", "retry", "--group", "g")]
    [InlineData("tasks", "retry", "t1", "--state", "dead")]
    [InlineData("tasks", "retry", "--state", "running")]
    [InlineData("tasks", "cancel")]
    [InlineData("tasks", "show")]
    [InlineData("tasks", "show", "..")]
    [InlineData("dead", "retry")]
    [InlineData("dead", "retry", "t1", "--all")]
    [InlineData("tasks", "list", "--limit", "many")]
    [InlineData("tasks", "submit", "hello", "greet", "--mode", "sync", "--wait")]
    public async Task Orders_NotClearWhatIsMeant_AreWrongUsage(params string[] arguments)
    {
        await using var stub = new StubBalancer();

        var result = await new CliRun(stub).RunAsync(arguments);

        result.Code.ShouldBe(2);
        result.Error.ShouldStartWith("abm: ");
        stub.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Dead_ListRetryPurge_NameTheState()
    {
        await using var stub = new StubBalancer().On("GET /tasks", """{"tasks":[],"cursor":null}""")
            .On("POST /tasks/retry", """{"retried":2}""").On("DELETE /tasks", """{"deleted":4}""");

        await new CliRun(stub).RunAsync("dead", "--limit", "5");
        (await new CliRun(stub).RunAsync("dead", "retry", "--all")).Out.ShouldBe("2 tasks retried\n");
        (await new CliRun(stub).RunAsync("dead", "purge", "--group", "g", "--yes")).Out.ShouldBe("4 tasks deleted\n");

        stub.Calls.ShouldBe([
            "GET /tasks?state=dead&limit=5", "POST /tasks/retry?state=dead", "DELETE /tasks?state=dead&group=g",
        ]);
    }

    [Theory]
    [InlineData("drain")]
    [InlineData("up")]
    [InlineData("down")]
    public async Task Proxy_Order_IsGiven(string verb)
    {
        await using var stub = new StubBalancer().On($"POST /proxy/main/backends/1/{verb}", Bodies.Backend);

        var result = await new CliRun(stub).RunAsync("proxy", verb, "main", "1");

        result.Code.ShouldBe(0);
        result.Out.ShouldBe("main 1 is drain\n");
    }
}
