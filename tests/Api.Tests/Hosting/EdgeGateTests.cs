using ActorBalancer.Api.Hosting;
using ActorBalancer.Engine.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Hosting;

public sealed class EdgeGateTests
{
    private const string Body = """{"group":"g","function":"f","contract":1,"input":{"x":"PRIVATE"}}""";

    [Fact]
    public async Task Send_EngineThrows_Gets500WithoutDetailsAndALogWithoutInput()
    {
        await using var edge = await EdgeHarness.StartAsync();
        edge.Balancer.Script = static _ => throw new InvalidOperationException("cannot read PRIVATE");
        var thrown = await edge.PostTaskAsync(Body);
        edge.Balancer.Script = static _ => ValueTask.FromException<TaskOutcome>(new FormatException("PRIVATE"));
        var failed = await edge.PostTaskAsync(Body);

        thrown.Status.ShouldBe(500);
        thrown.Code.ShouldBe("internal_error");
        thrown.Error.ShouldBe("The balancer failed to handle the request; its log says more.");
        failed.Status.ShouldBe(500);
        edge.Log.Lines.Count.ShouldBe(2);
        edge.Log.Text.ShouldContain("1001 Request failed with System.InvalidOperationException at ");
        edge.Log.Text.ShouldContain("TaskEndpoint.InvokeAsync");
        edge.Log.Text.ShouldNotContain("PRIVATE");
        edge.Log.Text.ShouldNotContain(EdgeHarness.Key);
        edge.Log.Text.ShouldNotContain(EdgeHarness.WorkerKey);
    }

    [Fact]
    public async Task Send_ReplyIsBroken_IsDisposedAndGets500()
    {
        await using var edge = await EdgeHarness.StartAsync();
        var reply = Replies.Of("x");
        reply.Dispose();
        edge.Balancer.Script = _ => new ValueTask<TaskOutcome>(
            new TaskOutcome { Kind = TaskOutcomeKind.Succeeded, Reply = reply });

        (await edge.PostTaskAsync(Body)).Status.ShouldBe(500);
    }

    [Fact]
    public async Task Send_HandlerThrowsAfterItsAnswerBegan_ConnectionIsCutAndNoAnswerIsForged()
    {
        await using var edge = await EdgeHarness.StartAsync(mapMore: endpoints => endpoints.MapEdge(
            "/begins", new EdgeRoute(RouteAccess.Public, "GET"), static async context =>
            {
                context.Response.ContentLength = 100;
                await context.Response.WriteAsync("begun");
                throw new InvalidOperationException("PRIVATE");
            }));
        using var connection = await edge.ConnectAsync();

        await connection.SendAsync("GET /begins HTTP/1.1\r\nHost: h\r\n\r\n");

        // The announced 100 bytes do not come: the client sees that the answer is not whole.
        var exception = await Should.ThrowAsync<InvalidOperationException>(() => connection.ReadAsync());
        exception.Message.ShouldStartWith("Closed before");
        edge.Log.Text.ShouldContain("1001");
        edge.Log.Text.ShouldNotContain("PRIVATE");
    }

    [Fact]
    public async Task Send_RouteThatSaysNothingOfItself_NeedsTheKeyAndKnowsNoMethod()
    {
        await using var edge = await EdgeHarness.StartAsync(mapMore: static endpoints =>
            endpoints.Map("/forgotten", static context => context.Response.WriteAsync("secret")));

        (await edge.SendAsync("GET", "/forgotten")).Status.ShouldBe(405);
        (await edge.SendAsync("POST", "/forgotten", ("Authorization", EdgeHarness.Key))).Status.ShouldBe(405);
        (await edge.SendAsync("OPTIONS", "/forgotten")).Status.ShouldBe(401);
    }

    [Fact]
    public async Task Send_PublicRoute_DoesNotLookAtKeys()
    {
        await using var edge = await EdgeHarness.StartAsync(
            options => options with { WrongKeysPerMinuteMax = 1 },
            mapMore: static endpoints => endpoints.MapEdge(
                "/open", new EdgeRoute(RouteAccess.Public, "GET"), static context => context.Response.WriteAsync("o")));

        for (var i = 0; i < 3; i++)
            (await edge.SendAsync("GET", "/open", ("Authorization", "wrong"))).Text.ShouldBe("o");
        edge.Log.Lines.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("GET", "/task", 405, "POST, OPTIONS")]
    [InlineData("PUT", "/task", 405, "POST, OPTIONS")]
    [InlineData("POST", "/health", 405, "GET, HEAD, OPTIONS")]
    [InlineData("DELETE", "/logs", 405, "GET, HEAD, OPTIONS")]
    [InlineData("TRACE", "/logs", 405, "GET, HEAD, OPTIONS")]
    [InlineData("OPTIONS", "/health", 204, "GET, HEAD, OPTIONS")]
    [InlineData("OPTIONS", "/task", 401, null)]
    public async Task Send_OtherMethod_SaysWhichAreAllowed(string method, string path, int status, string? allow)
    {
        await using var edge = await EdgeHarness.StartAsync();

        var answer = await edge.SendAsync(method, path);

        answer.Status.ShouldBe(status);
        answer.Headers["Allow"].SelectMany(line => line.Split(", "))
            .ShouldBe(allow?.Split(", ") ?? []);
        if (status == 405)
            answer.Code.ShouldBe("method_not_allowed");
        if (status == 204)
            answer.Body.ShouldBeEmpty();
    }

    [Fact]
    public async Task Send_OptionsWithKey_Gets204()
    {
        await using var edge = await EdgeHarness.StartAsync();

        var answer = await edge.SendAsync("OPTIONS", "/task", ("Authorization", EdgeHarness.Key));

        answer.Status.ShouldBe(204);
        edge.Balancer.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Send_UnknownPath_Gets404InJson()
    {
        await using var edge = await EdgeHarness.StartAsync();

        var answer = await edge.SendAsync("GET", "/nowhere/<script>?q=PRIVATE");

        answer.Status.ShouldBe(404);
        answer.Error.ShouldBe("There is nothing at this path.");
        answer.Code.ShouldBe("not_found");
        answer.Text.ShouldNotContain("script");
    }

    [Fact]
    public async Task Send_ManyOnOneConnection_AreAnsweredInTheirOrder()
    {
        await using var edge = await EdgeHarness.StartAsync();
        using var connection = await edge.ConnectAsync();
        var requests = Enumerable.Range(0, 50).Select(i =>
        {
            var body = $$"""{"group":"g","function":"f","contract":{{i}}}""";
            return $"POST /task HTTP/1.1\r\nHost: h\r\nAuthorization: {EdgeHarness.Key}\r\nx-wr-auth: k\r\n"
                + $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}";
        });

        await connection.SendAsync(string.Concat(requests));

        for (var i = 0; i < 50; i++)
            (await connection.ReadAsync()).Text.ShouldEndWith($":{i}}}");
    }

    [Fact]
    public void Log_OfTheFramework_KeepsNothingBelowWarnings()
    {
        using var inner = new CollectedLog();
        using var filter = new FrameworkLogFilter(inner);
        var log = filter.CreateLogger("Microsoft.AspNetCore.Server.Kestrel");

        foreach (var level in Enum.GetValues<LogLevel>())
            log.Log(level, 0, "said", null, static (text, _) => text);

        log.IsEnabled(LogLevel.Information).ShouldBeFalse();
        inner.Lines.Select(line => line.Split(' ')[0]).ShouldBe(["Warning", "Error", "Critical", "None"]);
    }
}
