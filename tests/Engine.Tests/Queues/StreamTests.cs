using System.Text;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Queues;

/// <summary>Mode stream at the engine's door.</summary>
public sealed class StreamTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Stream_ChunksComeThrough_AndTheSlotIsFreeAfterTheLast()
    {
        await using var worker = await FakeWorker.StartAsync(new() { Slots = 1 });
        worker.AnswerNext(FakeAnswers.Chunks("text/plain; charset=utf-8", "one ", "two ", "three"));
        await using var harness = await EngineHarness.StartAsync([worker]);

        using var outcome = await RunAsync(harness);
        outcome.Kind.ShouldBe(TaskOutcomeKind.Streaming);
        outcome.Stream!.Status.ShouldBe(200);
        outcome.Stream.ContentType.ShouldBe("text/plain; charset=utf-8");
        var waiting = harness.RunAsync();
        (await harness.FindAsync(outcome.TaskId)).State.ShouldBe(TaskState.Running);
        waiting.IsCompleted.ShouldBeFalse();

        (await ReadToEndAsync(outcome.Stream)).ShouldBe("one two three");
        (await waiting).Kind.ShouldBe(TaskOutcomeKind.Succeeded);
    }

    [Fact]
    public async Task Stream_WorkerDiesBeforeTheFirstByte_AnotherAttemptFollows()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.AnswerNext(FakeAnswers.Close);
        worker.AnswerNext(FakeAnswers.Failure);
        worker.AnswerNext(FakeAnswers.Chunks("text/plain", "whole"));
        await using var harness = await EngineHarness.StartAsync([worker]);

        using var outcome = await RunAsync(harness);

        (await ReadToEndAsync(outcome.Stream!)).ShouldBe("whole");
        worker.Calls.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Stream_WorkerBreaksOff_ReaderSeesAFaultAndTheTaskIsDead()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.AnswerNext(FakeAnswers.CloseInChunks);
        await using var harness = await EngineHarness.StartAsync([worker]);

        using var outcome = await RunAsync(harness);
        await Should.ThrowAsync<IOException>(() => ReadToEndAsync(outcome.Stream!));

        var task = await harness.EndOfAsync(outcome.TaskId);
        task.State.ShouldBe(TaskState.Dead);
        worker.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Stream_ReaderLeaves_WorkersCallIsEndedAndTheSlotIsFree()
    {
        await using var worker = await FakeWorker.StartAsync(new() { Slots = 1 });
        worker.AnswerNext(FakeAnswers.EndlessBody);
        await using var harness = await EngineHarness.StartAsync([worker]);
        var outcome = await RunAsync(harness);
        var call = await worker.WaitForCallAsync();

        outcome.Dispose();

        await call.ClientGone.WaitAsync(Patience);
        (await harness.RunAsync()).Kind.ShouldBe(TaskOutcomeKind.Succeeded);
    }

    [Fact]
    public async Task Stream_SenderLeavesBeforeTheFirstByte_TaskIsCancelled()
    {
        await using var worker = await FakeWorker.StartAsync(new() { Slots = 1 });
        worker.AnswerNext(FakeAnswers.Hang);
        await using var harness = await EngineHarness.StartAsync([worker]);
        using var leaving = new CancellationTokenSource();
        var run = harness.Engine.RunAsync(Request(), leaving.Token).AsTask();
        var call = await worker.WaitForCallAsync();

        await leaving.CancelAsync();

        (await run.WaitAsync(Patience)).Kind.ShouldBe(TaskOutcomeKind.Cancelled);
        await call.ClientGone.WaitAsync(Patience);
        (await harness.RunAsync()).Kind.ShouldBe(TaskOutcomeKind.Succeeded);
    }

    [Fact]
    public async Task Stream_CancelledByOrder_ReaderSeesAFault()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.AnswerNext(FakeAnswers.EndlessBody);
        await using var harness = await EngineHarness.StartAsync([worker]);
        using var outcome = await RunAsync(harness);

        (await harness.Engine.CancelAsync(outcome.TaskId)).Kind.ShouldBe(TaskAnswerKind.Done);

        await Should.ThrowAsync<IOException>(() => ReadToEndAsync(outcome.Stream!));
    }

    [Fact]
    public async Task Stream_EmptyAnswer_EndsAtOnce()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.AnswerNext(FakeAnswers.Chunks("text/plain"));
        await using var harness = await EngineHarness.StartAsync([worker]);

        using var outcome = await RunAsync(harness);

        (await ReadToEndAsync(outcome.Stream!)).ShouldBe("");
    }

    private static TaskRequest Request() =>
        EngineHarness.Request(static options => options with { Mode = TaskMode.Stream });

    private static Task<TaskOutcome> RunAsync(EngineHarness harness) =>
        harness.Engine.RunAsync(Request()).AsTask().WaitAsync(Patience);

    private static async Task<string> ReadToEndAsync(WorkerStream stream)
    {
        using var guard = new CancellationTokenSource(Patience);
        var text = new StringBuilder();
        var buffer = new byte[256];
        while (await stream.ReadAsync(buffer, guard.Token) is > 0 and var read)
            text.Append(Encoding.UTF8.GetString(buffer, 0, read));
        return text.ToString();
    }
}
