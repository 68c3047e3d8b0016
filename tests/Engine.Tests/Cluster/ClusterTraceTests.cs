using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing;
using ActorBalancer.Testing.Telemetry;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Cluster;

/// <summary>A task whose client is at another node than its worker is one trace.</summary>
public sealed class ClusterTraceTests
{
    [Fact]
    public async Task Run_CallerAtAnotherNode_AttemptsAndTheAnswerAreOfTheClientsTrace()
    {
        using var recorder = new SpanRecorder();
        await using var worker = await FakeWorker.StartAsync();
        worker.AnswerNext(FakeAnswers.BadRequest);
        await using var cluster = new ClusterHarness();
        var engine = await cluster.AddAsync("engine", worker);
        var api = await cluster.AddAsync("api");

        using var outcome = await api.Engine.RunAsync(new TaskRequest
        {
            Queue = ClusterHarness.Queue,
            Function = "hello",
            WorkerKey = "worker-key",
            Body = "{}"u8.ToArray(),
            TraceParent = recorder.TraceParent,
            Options = new TaskOptions { TraceState = "a=b" },
        }).AsTask().WaitAsync(TestSignal.Guard);

        outcome.Kind.ShouldBe(TaskOutcomeKind.Refused);
        outcome.TraceParent.ShouldBe(recorder.TraceParent);
        var spans = await recorder.WaitForAsync(2);
        spans.Select(static span => span.DisplayName).ShouldBe(["task queue", "task attempt"]);
        spans.ShouldAllBe(span => span.ParentSpanId == recorder.ClientSpan);
        worker.Calls[0].Header("traceparent").ShouldBe(spans[1].Id);
        worker.Calls[0].Header("tracestate").ShouldBe("a=b");
        await engine.Log.WaitForTextAsync($"(trace {recorder.TraceId})");
    }
}
