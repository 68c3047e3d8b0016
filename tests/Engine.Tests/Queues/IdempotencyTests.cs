using System.Text;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Queues;

/// <summary>One key, one task, one answer.</summary>
public sealed class IdempotencyTests
{
    private static readonly IdempotencyMark Mark = new(1, 2);
    private static readonly IdempotencyMark OtherBody = new(1, 3);

    [Fact]
    public async Task Submit_SameKeyAHundredTimesAtOnce_OneTask()
    {
        await using var worker = await FakeWorker.StartAsync();
        await using var harness = await EngineHarness.StartAsync([worker]);

        var receipts = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => SubmitAsync(harness, Mark)));

        var id = receipts.Select(static receipt => receipt.Id).Distinct().ShouldHaveSingleItem();
        (await harness.EndOfAsync(id)).State.ShouldBe(TaskState.Succeeded);
        (await SubmitAsync(harness, Mark)).Id.ShouldBe(id);
        worker.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Run_SameKeyAHundredTimesAtOnce_OneRunAndTheSameAnswer()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.AnswerNext(FakeAnswers.Held);
        await using var harness = await EngineHarness.StartAsync([worker]);

        var runs = Enumerable.Range(0, 100).Select(_ => RunAsync(harness, Mark)).ToArray();
        (await worker.WaitForCallAsync()).Release(FakeAnswers.Json("""{"success":true,"result":7}"""));
        var outcomes = await Task.WhenAll(runs);

        outcomes.ShouldAllBe(static outcome => outcome.Kind == TaskOutcomeKind.Succeeded);
        outcomes.Select(static outcome => Encoding.UTF8.GetString(outcome.Reply!.Body.Span)).Distinct()
            .ShouldBe(["""{"success":true,"result":7}"""]);
        outcomes.Select(static outcome => outcome.TaskId).Distinct().Count().ShouldBe(1);
        worker.Calls.Count.ShouldBe(1);
        using var later = await RunAsync(harness, Mark);
        Encoding.UTF8.GetString(later.Reply!.Body.Span).ShouldBe("""{"success":true,"result":7}""");
    }

    [Fact]
    public async Task SameKeyOtherBody_LivingOrEnded_IsRefused()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.AnswerNext(FakeAnswers.Held);
        await using var harness = await EngineHarness.StartAsync([worker]);
        var id = (await SubmitAsync(harness, Mark)).Id;
        var call = await worker.WaitForCallAsync();

        (await SubmitAsync(harness, OtherBody)).Refusal!.Kind.ShouldBe(TaskOutcomeKind.KeyReused);
        call.Release();
        await harness.EndOfAsync(id);

        (await SubmitAsync(harness, OtherBody)).Refusal!.Kind.ShouldBe(TaskOutcomeKind.KeyReused);
        (await RunAsync(harness, OtherBody)).Kind.ShouldBe(TaskOutcomeKind.KeyReused);
    }

    [Fact]
    public async Task Run_WorkerRefuses_TheRefusalIsTheAnswerToARepetition()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.AnswerNext(FakeAnswers.BadRequest);
        await using var harness = await EngineHarness.StartAsync([worker]);

        var first = await RunAsync(harness, Mark);
        var second = await RunAsync(harness, Mark);

        first.Kind.ShouldBe(TaskOutcomeKind.Refused);
        (second.Kind, second.WorkerStatus, second.Error).ShouldBe((first.Kind, first.WorkerStatus, first.Error));
        worker.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Run_RepetitionWhoseCallerHasGone_EndsAloneAndTheTaskGoesOn()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.AnswerNext(FakeAnswers.Held);
        await using var harness = await EngineHarness.StartAsync([worker]);
        var first = RunAsync(harness, Mark);
        var call = await worker.WaitForCallAsync();

        using var gone = await RunAsync(harness, Mark, caller: new CancellationToken(canceled: true));
        call.Release();

        gone.Kind.ShouldBe(TaskOutcomeKind.Cancelled);
        (await first).Kind.ShouldBe(TaskOutcomeKind.Succeeded);
    }

    [Fact]
    public async Task Run_NobodyServes_TheKeyIsFreeAgain()
    {
        await using var worker = await FakeWorker.StartAsync();
        await using var harness = await EngineHarness.StartAsync([worker]);

        (await RunAsync(harness, Mark, "never-seen")).Kind.ShouldBe(TaskOutcomeKind.NoWorker);
        (await RunAsync(harness, Mark)).Kind.ShouldBe(TaskOutcomeKind.Succeeded);
    }

    private static async Task<TaskReceipt> SubmitAsync(EngineHarness harness, IdempotencyMark mark) =>
        (await harness.Engine.SubmitAsync(
            [EngineHarness.Request(options => options with { Idempotency = mark })])).Single();

    private static Task<TaskOutcome> RunAsync(
        EngineHarness harness, IdempotencyMark mark, string function = "hello", CancellationToken caller = default) =>
        harness.Engine.RunAsync(
            EngineHarness.Request(options => options with { Mode = TaskMode.Sync, Idempotency = mark }, function),
            caller).AsTask()
            .WaitAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
}
