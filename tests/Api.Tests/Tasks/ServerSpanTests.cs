using System.Diagnostics;
using ActorBalancer.Api.Tests.Hosting;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Telemetry;
using ActorBalancer.Testing.Telemetry;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Tasks;

/// <summary>The spans of requests about tasks, and the traces that answers name.</summary>
public sealed class ServerSpanTests
{
    private const string Body = """{"group":"g","function":"f","contract":1}""";

    [Fact]
    public async Task Post_ClientsTrace_TaskHangsOnTheRequestsSpan()
    {
        using var recorder = new SpanRecorder();
        await using var edge = await EdgeHarness.StartAsync();
        edge.Balancer.Script = static request => new(new TaskOutcome
        {
            Kind = TaskOutcomeKind.Failed,
            TaskId = ScriptedBalancer.Id,
            TraceParent = request.TraceParent,
            Error = "no",
        });

        var answer = await PostAsync(edge, recorder.TraceParent);

        var span = (await recorder.WaitForAsync(1))[0];
        span.DisplayName.ShouldBe("POST /task");
        span.Kind.ShouldBe(ActivityKind.Server);
        span.ParentSpanId.ShouldBe(recorder.ClientSpan);
        span.GetTagItem(TracingTags.Status).ShouldBe(500);
        span.GetTagItem(TracingTags.Route).ShouldBe("/task");
        span.GetTagItem(TracingTags.MessageId).ShouldBe(ScriptedBalancer.Id.ToString());
        span.Status.ShouldBe(ActivityStatusCode.Error);
        var request = edge.Balancer.Requests.Single();
        request.TraceParent.ShouldBe(span.Id);
        request.Options.TraceState.ShouldBe("a=b");
        answer.Json.GetProperty("traceId").GetString().ShouldBe(recorder.TraceId.ToHexString());
    }

    [Fact]
    public async Task Post_SampledOut_TaskHangsOnTheClientsSpan()
    {
        using var recorder = new SpanRecorder(ActivitySamplingResult.None);
        await using var edge = await EdgeHarness.StartAsync();

        await PostAsync(edge, recorder.TraceParent);

        recorder.Spans.ShouldBeEmpty();
        edge.Balancer.Requests.Single().TraceParent.ShouldBe(recorder.TraceParent);
    }

    [Fact]
    public async Task Post_NobodyListens_NoActivityIsMade()
    {
        await using var edge = await EdgeHarness.StartAsync();
        var seen = new Activity("none");
        edge.Balancer.Script = request =>
        {
            seen = Activity.Current;
            return ScriptedBalancer.Echo(request);
        };

        await edge.PostTaskAsync(Body);

        seen.ShouldBeNull();
    }

    [Fact]
    public async Task Batch_ClientsTrace_AllTasksHangOnOneSpan()
    {
        using var recorder = new SpanRecorder();
        await using var edge = await EdgeHarness.StartAsync();

        await edge.SendBodyAsync(
            "/tasks", "application/x-ndjson", Body + "\n" + Body, ("traceparent", recorder.TraceParent),
            ("x-wr-auth", EdgeHarness.WorkerKey));

        var span = (await recorder.WaitForAsync(1))[0];
        span.DisplayName.ShouldBe("POST /tasks");
        edge.Balancer.Requests.Count.ShouldBe(2);
        edge.Balancer.Requests.ShouldAllBe(request => request.TraceParent == span.Id);
    }

    [Theory]
    [InlineData("DELETE", "", "DELETE /task/{id}")]
    [InlineData("POST", "/retry", "POST /task/{id}/retry")]
    [InlineData("POST", "/webhook/retry", "POST /task/{id}/webhook/retry")]
    public async Task Order_ClientsTrace_HasASpan(string method, string path, string name)
    {
        using var recorder = new SpanRecorder();
        await using var edge = await EdgeHarness.StartAsync();

        await edge.CallAsync(
            method, $"/task/{ScriptedBalancer.Id}{path}", ("traceparent", recorder.TraceParent));

        (await recorder.WaitForAsync(1))[0].DisplayName.ShouldBe(name);
    }

    [Fact]
    public async Task Get_Task_HasNoSpan()
    {
        using var recorder = new SpanRecorder();
        await using var edge = await EdgeHarness.StartAsync();

        await edge.CallAsync("GET", $"/task/{ScriptedBalancer.Id}", ("traceparent", recorder.TraceParent));
        await edge.CallAsync("GET", "/tasks", ("traceparent", recorder.TraceParent));

        recorder.Spans.ShouldBeEmpty();
    }

    [Fact]
    public async Task Post_NoTrace_ErrorNamesTheTasksOwn()
    {
        await using var edge = await EdgeHarness.StartAsync();
        edge.Balancer.Script = static _ => new(new TaskOutcome
        {
            Kind = TaskOutcomeKind.Failed,
            TaskId = ScriptedBalancer.Id,
            Error = "no",
        });

        var answer = await edge.PostTaskAsync(Body);

        answer.Json.GetProperty("traceId").GetString().ShouldBe(ScriptedBalancer.Id.ToString());
    }

    [Fact]
    public async Task Post_RefusedBeforeThereIsATask_ErrorNamesNoTrace()
    {
        await using var edge = await EdgeHarness.StartAsync();
        edge.Balancer.Script = static _ => new(new TaskOutcome { Kind = TaskOutcomeKind.NoWorker });

        var answer = await edge.PostTaskAsync(Body);

        answer.Json.TryGetProperty("traceId", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Get_OneTask_NamesItsTrace()
    {
        await using var edge = await EdgeHarness.StartAsync();
        var task = Snapshots.Succeeded("[1]") with
        {
            TraceParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        };
        edge.Balancer.FindScript = (_, _, _) => new(new TaskLookup(TaskAnswerKind.Done, task));

        var answer = await edge.CallAsync("GET", $"/task/{ScriptedBalancer.Id}");

        answer.Json.GetProperty("traceId").GetString().ShouldBe("4bf92f3577b34da6a3ce929d0e0e4736");
    }

    private static Task<EdgeAnswer> PostAsync(EdgeHarness edge, string traceParent) =>
        edge.PostTaskAsync(Body, request =>
        {
            request.Headers.TryAddWithoutValidation("traceparent", traceParent);
            request.Headers.TryAddWithoutValidation("tracestate", "a=b");
        });
}
