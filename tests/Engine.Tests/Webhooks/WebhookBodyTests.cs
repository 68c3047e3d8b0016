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
    [InlineData("""{"success":true,"result":[1,{"result":2}]}""", """[1,{"result":2}]""")]
    [InlineData("""{"success":true,"result":1,"more":3}""", """{"success":true,"result":1,"more":3}""")]
    [InlineData("""{"success":true,"r\u0065sult":1.50}""", "1.50")]
    [InlineData("""{"success":false,"result":1}""", """{"success":false,"result":1}""")]
    [InlineData("""{"success":"true","result":1}""", """{"success":"true","result":1}""")]
    [InlineData("""{"success":true}""", """{"success":true}""")]
    [InlineData("""[1]""", """[1]""")]
    [InlineData(""" "x" """, """ "x" """)]
    public void Of_Succeeded_IsTheBareResult(string answer, string body)
        => Text(WebhookBody.Of(WebhookTasks.Ended(result: answer))).ShouldBe(("application/json", body));

    [Theory]
    [InlineData("plain", "text/css", "text/css")]
    [InlineData("plain", null, "text/plain; charset=utf-8")]
    [InlineData("[1]", "text/plain", "application/json")]
    [InlineData("", null, "text/plain; charset=utf-8")]
    public void Of_OtherAnswer_IsTheWholeOfIt(string answer, string? said, string contentType)
        => Text(WebhookBody.Of(WebhookTasks.Ended(result: answer, contentType: said))).ShouldBe((contentType, answer));

    [Fact]
    public void Of_BinaryAnswer_IsTheWholeOfIt()
    {
        byte[] answer = [0xff, 0, 1];

        var body = WebhookBody.Of(WebhookTasks.Ended() with { Result = answer });

        body.ContentType.ShouldBe("application/octet-stream");
        body.Bytes.ToArray().ShouldBe(answer);
    }

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
