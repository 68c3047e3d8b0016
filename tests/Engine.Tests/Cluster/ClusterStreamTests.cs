using System.Text;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Cluster;

/// <summary>Mode stream when the client is at another node than the worker.</summary>
public sealed class ClusterStreamTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stream_FromAWorkerOfAnyNode_ComesWholeAndTheTaskSucceeds(bool isElsewhere)
    {
        await using var worker = await FakeWorker.StartAsync(new() { Slots = 1 });
        worker.AnswerNext(FakeAnswers.Chunks("text/plain", "one ", "two ", "three"));
        await using var cluster = new ClusterHarness();
        var engine = await cluster.AddAsync("engine", worker);
        var caller = isElsewhere ? await cluster.AddAsync("api") : engine;

        using var outcome = await RunAsync(cluster, caller);

        outcome.Kind.ShouldBe(TaskOutcomeKind.Streaming);
        outcome.Stream!.ContentType.ShouldBe("text/plain");
        (await ReadToEndAsync(outcome.Stream)).ShouldBe("one two three");
        (await ClusterHarness.RunAsync(caller).WaitAsync(TestSignal.Guard)).Kind.ShouldBe(TaskOutcomeKind.Succeeded);
        engine.Engine.Context.Relay!.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Stream_FailsBeforeTheFirstByte_AnotherAttemptFollows()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.AnswerNext(FakeAnswers.Failure);
        worker.AnswerNext(FakeAnswers.Chunks("text/plain", "whole"));
        await using var cluster = new ClusterHarness();
        await cluster.AddAsync("engine", worker);
        var api = await cluster.AddAsync("api");

        using var outcome = await cluster.AdvanceUntilAsync(RunAsync(cluster, api));

        outcome.Attempts.ShouldBe(2);
        (await ReadToEndAsync(outcome.Stream!)).ShouldBe("whole");
    }

    [Fact]
    public async Task Stream_WorkerBreaksOff_ReaderElsewhereSeesAFault()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.AnswerNext(FakeAnswers.CloseInChunks);
        await using var cluster = new ClusterHarness();
        await cluster.AddAsync("engine", worker);
        var api = await cluster.AddAsync("api");

        using var outcome = await RunAsync(cluster, api);

        await Should.ThrowAsync<IOException>(() => ReadToEndAsync(outcome.Stream!));
        await cluster.WaitForAsync(outcome.TaskId, task => task.State == TaskState.Dead, "dead");
        worker.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Stream_ClientElsewhereLeaves_WorkersCallEndsAndTheSlotIsFree()
    {
        await using var worker = await FakeWorker.StartAsync(new() { Slots = 1 });
        worker.AnswerNext(FakeAnswers.EndlessBody);
        await using var cluster = new ClusterHarness();
        await cluster.AddAsync("engine", worker);
        var api = await cluster.AddAsync("api");
        var outcome = await RunAsync(cluster, api);
        var call = await worker.WaitForCallAsync();

        outcome.Dispose();

        await call.ClientGone.WaitAsync(TestSignal.Guard);
        (await ClusterHarness.RunAsync(api).WaitAsync(TestSignal.Guard)).Kind.ShouldBe(TaskOutcomeKind.Succeeded);
    }

    [Fact]
    public async Task Stream_RunnersNodeIsLost_ReaderSeesAFaultAndNeverAnEnd()
    {
        await using var worker = await FakeWorker.StartAsync(new() { Slots = 1 });
        worker.AnswerNext(FakeAnswers.EndlessBody);
        await using var cluster = new ClusterHarness();
        var engine = await cluster.AddAsync("engine", worker);
        var api = await cluster.AddAsync("api");
        using var outcome = await RunAsync(cluster, api);
        var read = ReadToEndAsync(outcome.Stream!);

        engine.Store.Cut();
        var broken = Should.ThrowAsync<IOException>(() => read);
        await cluster.AdvanceUntilAsync(broken);
    }

    [Fact]
    public async Task Stream_LeaseIsLostBeforeTheFirstByte_NothingOfItReachesTheCaller()
    {
        await using var first = await FakeWorker.StartAsync(new() { Slots = 1 });
        await using var second = await FakeWorker.StartAsync(new() { Slots = 1 });
        first.Answer = FakeAnswers.Held;
        await using var cluster = new ClusterHarness();
        var lost = await cluster.AddAsync("lost", first);
        var api = await cluster.AddAsync("api");
        var run = RunAsync(cluster, api);
        var late = await first.WaitForCallAsync();
        second.Answer = FakeAnswers.Held;
        await cluster.AddAsync("heir", second);

        lost.Store.Cut();
        var taken = second.WaitForCallAsync();
        var call = await cluster.AdvanceUntilAsync(taken);
        lost.Store.Mend();
        late.Release(FakeAnswers.Chunks("text/plain", "stale"));
        await lost.Log.WaitForAsync(651);
        run.IsCompleted.ShouldBeFalse();
        call.Release(FakeAnswers.Chunks("text/plain", "right"));

        using var outcome = await run.WaitAsync(TestSignal.Guard);
        (await ReadToEndAsync(outcome.Stream!)).ShouldBe("right");
        lost.StaleResults.ShouldBe(1);
    }

    private static Task<TaskOutcome> RunAsync(ClusterHarness cluster, ClusterTestNode caller) =>
        ClusterHarness.RunAsync(caller, static options => options with { Mode = TaskMode.Stream })
            .WaitAsync(TestSignal.Guard);

    private static async Task<string> ReadToEndAsync(WorkerStream stream)
    {
        using var guard = new CancellationTokenSource(TestSignal.Guard);
        var text = new StringBuilder();
        var buffer = new byte[256];
        while (await stream.ReadAsync(buffer, guard.Token) is > 0 and var read)
            text.Append(Encoding.UTF8.GetString(buffer, 0, read));
        return text.ToString();
    }
}
