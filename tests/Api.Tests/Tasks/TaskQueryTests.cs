using System.Text.Json;
using ActorBalancer.Api.Tests.Hosting;
using ActorBalancer.Engine.Tasks;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Tasks;

/// <summary>Lists, and orders about many tasks.</summary>
public sealed class TaskQueryTests : IAsyncLifetime
{
    private EdgeHarness _edge = null!;

    public async ValueTask InitializeAsync() => _edge = await EdgeHarness.StartAsync();

    public ValueTask DisposeAsync() => _edge.DisposeAsync();

    [Fact]
    public async Task Get_Tasks_ListsThemWithoutResults()
    {
        _edge.Balancer.Page = new([Snapshots.Succeeded("1"), Snapshots.Queued], null);

        var answer = await _edge.CallAsync("GET", "/tasks");

        answer.Status.ShouldBe(200);
        answer.Json.GetProperty("cursor").ValueKind.ShouldBe(JsonValueKind.Null);
        var tasks = answer.Json.GetProperty("tasks").EnumerateArray().ToArray();
        tasks.Select(task => task.GetProperty("state").GetString()).ShouldBe(["succeeded", "queued"]);
        tasks[0].GetProperty("attempts").GetArrayLength().ShouldBe(2);
        tasks.SelectMany(task => task.EnumerateObject()).ShouldNotContain(member => member.Name == "result");
        _edge.Balancer.Orders.ShouldBe([$"list {new TaskFilter()} before  limit 50"]);
    }

    [Fact]
    public async Task Get_AllParameters_ReachTheEngine()
    {
        await _edge.CallAsync(
            "GET", "/tasks?state=dead&group=a%2Fb%20c&contract=3&function=%C3%A9&tag=x%26y&webhook=pending&limit=1000");

        var filter = new TaskFilter
        {
            State = TaskState.Dead,
            Group = "a/b c",
            Contract = 3,
            Function = "é",
            Tag = "x&y",
            Delivery = WebhookDeliveryState.Pending,
        };
        _edge.Balancer.Orders.ShouldBe([$"list {filter} before  limit 1000"]);
    }

    [Fact]
    public async Task Get_CursorOfAPage_LeadsToTheNext()
    {
        _edge.Balancer.Page = new([Snapshots.Queued], ScriptedBalancer.Id);
        var cursor = (await _edge.CallAsync("GET", "/tasks")).Json.GetProperty("cursor").GetString();

        await _edge.CallAsync("GET", $"/tasks?cursor={cursor}&limit=1");

        _edge.Balancer.Orders.Last().ShouldBe($"list {new TaskFilter()} before {ScriptedBalancer.Id} limit 1");
    }

    [Theory]
    [InlineData("state=", "'state'")]
    [InlineData("state=Dead", "'state'")]
    [InlineData("state=finished", "'state'")]
    [InlineData("state=dead&state=dead", "'state'")]
    [InlineData("group=", "'group'")]
    [InlineData("function=", "'function'")]
    [InlineData("tag=", "'tag'")]
    [InlineData("contract=-1", "'contract'")]
    [InlineData("contract=1.0", "'contract'")]
    [InlineData("contract=2147483648", "'contract'")]
    [InlineData("webhook=running", "'webhook'")]
    [InlineData("limit=0", "'limit'")]
    [InlineData("limit=1001", "'limit'")]
    [InlineData("cursor=", "'cursor'")]
    [InlineData("cursor=x", "'cursor'")]
    [InlineData("cursor=AAAAAAAAAAAAAAAAAAAAA*", "'cursor'")]
    [InlineData("cursor=AAAAAAAAAAAAAAAAAAAAAAA", "'cursor'")]
    public async Task Get_WrongParameter_IsRefusedByName(string query, string named)
    {
        var answer = await _edge.CallAsync("GET", $"/tasks?{query}");

        answer.Status.ShouldBe(400);
        answer.Code.ShouldBe("query_invalid");
        answer.Error.ShouldContain(named);
        _edge.Balancer.Orders.ShouldBeEmpty();
    }

    [Fact]
    public async Task Get_LongNames_AreRefused()
    {
        (await _edge.CallAsync("GET", $"/tasks?group={new string('x', 257)}")).Status.ShouldBe(400);
        (await _edge.CallAsync("GET", $"/tasks?tag={new string('x', 129)}")).Status.ShouldBe(400);
        (await _edge.CallAsync("GET", $"/tasks?tag={new string('x', 128)}")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Get_UnknownParameter_IsRefusedWithAGuess()
    {
        var near = await _edge.CallAsync("GET", "/tasks?sate=dead");
        var far = await _edge.CallAsync("DELETE", "/tasks?state=dead&limit=5");

        near.Status.ShouldBe(400);
        near.Code.ShouldBe("query_unknown");
        near.Error.ShouldBe("Parameter 'sate' is not known (did you mean 'state'?); allowed: state, group, contract, "
            + "function, tag, webhook, cursor, limit.");
        far.Error.ShouldBe(
            "Parameter 'limit' is not known; allowed: state, group, contract, function, tag, webhook.");
        _edge.Balancer.Orders.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("dead", TaskState.Dead)]
    [InlineData("cancelled", TaskState.Cancelled)]
    public async Task Post_RetryMany_SaysHowMany(string word, TaskState state)
    {
        _edge.Balancer.Count = 7;

        var answer = await _edge.CallAsync("POST", $"/tasks/retry?state={word}&group=g");

        answer.Status.ShouldBe(200);
        answer.Text.ShouldBe("""{"retried":7}""");
        _edge.Balancer.Orders.ShouldBe([$"retry all {new TaskFilter { State = state, Group = "g" }}"]);
    }

    [Theory]
    [InlineData("succeeded", TaskState.Succeeded)]
    [InlineData("dead", TaskState.Dead)]
    [InlineData("cancelled", TaskState.Cancelled)]
    [InlineData("expired", TaskState.Expired)]
    public async Task Delete_Many_SaysHowMany(string word, TaskState state)
    {
        _edge.Balancer.Count = 9;

        var answer = await _edge.CallAsync("DELETE", $"/tasks?state={word}&tag=t");

        answer.Text.ShouldBe("""{"deleted":9}""");
        _edge.Balancer.Orders.ShouldBe([$"purge {new TaskFilter { State = state, Tag = "t" }}"]);
    }

    [Theory]
    [InlineData("POST", "/tasks/retry", "query_missing")]
    [InlineData("POST", "/tasks/retry?group=g", "query_missing")]
    [InlineData("POST", "/tasks/retry?state=succeeded", "query_invalid")]
    [InlineData("POST", "/tasks/retry?state=queued", "query_invalid")]
    [InlineData("DELETE", "/tasks", "query_missing")]
    [InlineData("DELETE", "/tasks?group=g", "query_missing")]
    [InlineData("DELETE", "/tasks?state=running", "query_invalid")]
    [InlineData("DELETE", "/tasks?state=scheduled", "query_invalid")]
    public async Task Call_ManyWithoutARightState_IsRefused(string method, string path, string code)
    {
        var answer = await _edge.CallAsync(method, path);

        answer.Status.ShouldBe(400);
        answer.Code.ShouldBe(code);
        answer.Error.ShouldContain("'state'");
        _edge.Balancer.Orders.ShouldBeEmpty();
    }
}
