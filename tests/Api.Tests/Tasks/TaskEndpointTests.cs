using System.Text;
using ActorBalancer.Api.Tests.Hosting;
using ActorBalancer.Engine.Tasks;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Tasks;

public sealed class TaskEndpointTests
{
    private const string Minimal = """{"group":"g","function":"f","contract":1}""";

    [Fact]
    public async Task Post_ValidTask_EngineGetsTheBytesAndTheMembers()
    {
        await using var edge = await EdgeHarness.StartAsync();
        const string Body = """
             {"priority":7, "x":{"y":[1e999,"é"]},
            "group":"pdf","function":"render","contract":3,"input":{}} 
            """;

        var answer = await edge.PostTaskAsync(Body);

        answer.Status.ShouldBe(200);
        answer.Text.ShouldBe(Body);
        answer.Header("Content-Length").ShouldBe(Encoding.UTF8.GetByteCount(Body).ToString());
        answer.Header("Content-Type").ShouldBe("application/json");
        answer.Header("Server").ShouldBeNull();
        var request = edge.Balancer.Requests.ShouldHaveSingleItem();
        request.Queue.ShouldBe(new QueueKey("pdf", 3));
        request.Function.ShouldBe("render");
        request.Priority.ShouldBe(7);
        request.WorkerKey.ShouldBe(EdgeHarness.WorkerKey);
        Encoding.UTF8.GetString(request.Body).ShouldBe(Body);
    }
}
