using System.Text;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Webhooks;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Webhooks;

public sealed class WebhookBodyTests
{
    [Theory]
    [InlineData("""{"success":true,"result":{"a": 1}}""", """{"a": 1}""")]
    [InlineData("""{"result" : "text" , "success":true}""", "\"text\"")]
    [InlineData("""{"success":true,"result":null}""", "null")]
    [InlineData("""{"success":true,"result":[1,{"result":2}],"more":3}""", """[1,{"result":2}]""")]
    [InlineData("""{"success":true,"r\u0065sult":1.50}""", "1.50")]
    [InlineData("""{"success":false,"result":1}""", """{"success":false,"result":1}""")]
    [InlineData("""{"success":"true","result":1}""", """{"success":"true","result":1}""")]
    [InlineData("""{"success":true}""", """{"success":true}""")]
    [InlineData("""[1]""", """[1]""")]
    [InlineData(""" "x" """, """ "x" """)]
    [InlineData("not json", "not json")]
    [InlineData("", "")]
    public void Of_Succeeded_IsTheBareResult(string answer, string body)
        => Text(WebhookBody.Of(WebhookTasks.Ended(result: answer))).ShouldBe(("application/json", body));

    [Fact]
    public void Of_DeepResult_IsBareToo()
    {
        var deep = new string('[', 10_000) + new string(']', 10_000);

        Text(WebhookBody.Of(WebhookTasks.Ended(result: $$"""{"success":true,"result":{{deep}}}"""))).Body.ShouldBe(deep);
    }

    [Fact]
    public void Of_OtherContentType_IsTheWholeAnswer()
        => Text(WebhookBody.Of(WebhookTasks.Ended(result: "plain", contentType: "text/plain")))
            .ShouldBe(("text/plain", "plain"));

    [Theory]
    [InlineData(TaskState.Dead, "dead")]
    [InlineData(TaskState.Cancelled, "cancelled")]
    [InlineData(TaskState.Expired, "expired")]
    public void Of_NotSucceeded_SaysHowItEnded(TaskState state, string name)
    {
        var task = WebhookTasks.Ended(state, result: null, error: "it \"broke\"");

        Text(WebhookBody.Of(task)).ShouldBe((
            "application/json",
            $$"""{"success":false,"error":"it \u0022broke\u0022","taskId":"{{task.Id}}","state":"{{name}}"}"""));
    }

    private static (string ContentType, string Body) Text(WebhookBody body)
        => (body.ContentType, Encoding.UTF8.GetString(body.Bytes.Span));
}
