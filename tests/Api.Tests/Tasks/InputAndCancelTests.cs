using ActorBalancer.Api.Tests.Hosting;
using ActorBalancer.Engine.Tasks;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Tasks;

public sealed class InputAndCancelTests
{
    [Fact]
    public async Task GetInput_Kept_IsTheBodyByteForByte()
    {
        await using var edge = await EdgeHarness.StartAsync();
        var body = """{"input": {"b":1.0e1,  "a":"<b>"} }"""u8.ToArray();
        edge.Balancer.Input = new TaskInput(TaskAnswerKind.Done, body);

        var answer = await edge.CallAsync("GET", $"/task/{ScriptedBalancer.Id}/input");

        answer.Status.ShouldBe(200);
        answer.Body.ShouldBe(body);
        answer.Header("Content-Type").ShouldBe("application/json; charset=utf-8");
        answer.Header("Cache-Control").ShouldBe("no-store");
    }

    [Theory]
    [InlineData(TaskAnswerKind.Done, 410, "input_gone")]
    [InlineData(TaskAnswerKind.Gone, 410, "task_gone")]
    [InlineData(TaskAnswerKind.Unknown, 404, "task_unknown")]
    public async Task GetInput_NotKept_SaysWhy(TaskAnswerKind kind, int status, string code)
    {
        await using var edge = await EdgeHarness.StartAsync();
        edge.Balancer.Input = new TaskInput(kind, null);

        var answer = await edge.CallAsync("GET", $"/task/{ScriptedBalancer.Id}/input");

        answer.Status.ShouldBe(status);
        answer.Code.ShouldBe(code);
    }

    [Theory]
    [InlineData("queued")]
    [InlineData("scheduled")]
    [InlineData("retrying")]
    [InlineData("running")]
    public async Task PostCancel_LivingState_GivesTheNumber(string state)
    {
        await using var edge = await EdgeHarness.StartAsync();
        edge.Balancer.Count = 7;

        var answer = await edge.CallAsync("POST", $"/tasks/cancel?state={state}&group=g&tag=t");

        answer.Text.ShouldBe("""{"cancelled":7}""");
        var filter = new TaskFilter
        {
            State = Enum.Parse<TaskState>(state, ignoreCase: true),
            Group = "g",
            Tag = "t",
        };
        edge.Balancer.Orders.ShouldBe([$"cancel all {filter}"]);
    }

    [Theory]
    [InlineData("", "query_missing")]
    [InlineData("?group=g", "query_missing")]
    [InlineData("?state=dead", "query_invalid")]
    [InlineData("?state=", "query_invalid")]
    [InlineData("?state=queued&limit=5", "query_unknown")]
    public async Task PostCancel_WrongQuery_CancelsNothing(string query, string code)
    {
        await using var edge = await EdgeHarness.StartAsync();

        var answer = await edge.CallAsync("POST", "/tasks/cancel" + query);

        answer.Status.ShouldBe(400);
        answer.Code.ShouldBe(code);
        edge.Balancer.Orders.ShouldBeEmpty();
    }
}
