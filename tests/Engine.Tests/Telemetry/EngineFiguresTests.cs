using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Telemetry;
using ActorBalancer.Testing.Workers;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Telemetry;

/// <summary>What an engine of its own counts.</summary>
public sealed class EngineFiguresTests
{
    [Fact]
    public async Task Figures_TasksSucceed_CountEachOnce()
    {
        await using var worker = await FakeWorker.StartAsync();
        await using var harness = await EngineHarness.StartAsync([worker]);

        for (var i = 0; i < 5; i++)
            (await harness.RunAsync()).Dispose();
        var id = await harness.SubmitAsync();
        await harness.EndOfAsync(id);

        var figures = harness.Engine.Figures;
        figures.Submitted.ShouldBe(6);
        figures.Succeeded.ShouldBe(6);
        figures.Attempts.ShouldBe(6);
        figures.Retries.ShouldBe(0);
        figures.Running.ShouldBe(0);
        figures.Wait.Counts.Sum().ShouldBe(6);
        figures.Run.Counts.Sum().ShouldBe(6);
        figures.Total.Counts.Sum().ShouldBe(6);
        var hello = harness.Engine.Context.Figures.All.ShouldHaveSingleItem();
        (hello.Group, hello.Function).ShouldBe(("hello", "hello"));
        hello.Submitted(TaskMode.Sync).ShouldBe(5);
        hello.Submitted(TaskMode.Async).ShouldBe(1);
    }

    [Fact]
    public async Task Figures_TaskFailsTwice_CountsAttemptsAndOneRetry()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.Answer = FakeAnswers.Failure;
        await using var harness = await EngineHarness.StartAsync([worker]);

        await harness.EndOfAsync(await harness.SubmitAsync(static options => options with { Attempts = 2 }));

        var figures = harness.Engine.Figures;
        (figures.Attempts, figures.Retries, figures.Dead).ShouldBe((2, 1, 1));
        Verdicts(harness, AttemptVerdict.Failed).ShouldBe(2);
        figures.Wait.Counts.Sum().ShouldBe(1);
        figures.Run.Counts.Sum().ShouldBe(2);
    }

    [Fact]
    public async Task Figures_WorkerHasNoRoomFirst_WaitIsCountedOnce()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.AnswerNext(FakeAnswers.Status(429, "{}"));
        await using var harness = await EngineHarness.StartAsync([worker]);

        (await harness.RunAsync()).Kind.ShouldBe(TaskOutcomeKind.Succeeded);

        var figures = harness.Engine.Figures;
        (figures.Submitted, figures.Attempts, figures.Retries, figures.Succeeded).ShouldBe((1, 2, 0, 1));
        Verdicts(harness, AttemptVerdict.Busy).ShouldBe(1);
        figures.Wait.Counts.Sum().ShouldBe(1);
        figures.Run.Counts.Sum().ShouldBe(1);
    }

    [Fact]
    public async Task Figures_RunningTaskIsCalledOff_ItsAttemptIsCountedOnce()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.Answer = FakeAnswers.Hang;
        await using var harness = await EngineHarness.StartAsync([worker]);
        var id = await harness.SubmitAsync();
        await worker.WaitForCallAsync();
        harness.Engine.Figures.Running.ShouldBe(1);

        (await harness.Engine.CancelAsync(id)).Kind.ShouldBe(TaskAnswerKind.Done);
        await harness.EndOfAsync(id);

        var figures = harness.Engine.Figures;
        (figures.Submitted, figures.Cancelled, figures.Attempts).ShouldBe((1, 1, 1));
        Verdicts(harness, AttemptVerdict.Cancelled).ShouldBe(1);
        figures.Total.Counts.Sum().ShouldBe(1);
    }

    [Fact]
    public async Task Figures_SameIdempotencyKeyAgain_IsNotSubmittedAgain()
    {
        await using var worker = await FakeWorker.StartAsync();
        await using var harness = await EngineHarness.StartAsync([worker]);
        var mark = new IdempotencyMark(1, 1);

        var first = await harness.SubmitAsync(options => options with { Idempotency = mark });
        var second = await harness.SubmitAsync(options => options with { Idempotency = mark });
        await harness.EndOfAsync(first);
        var third = await harness.SubmitAsync(options => options with { Idempotency = mark });

        (second, third).ShouldBe((first, first));
        harness.Engine.Figures.Submitted.ShouldBe(1);
        harness.Engine.Figures.Succeeded.ShouldBe(1);
    }

    [Fact]
    public async Task Figures_DeadTaskIsRetriedByHand_EndsTwiceButIsSubmittedOnce()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.AnswerNext(FakeAnswers.BadRequest);
        await using var harness = await EngineHarness.StartAsync([worker]);
        var id = await harness.SubmitAsync();
        (await harness.EndOfAsync(id)).State.ShouldBe(TaskState.Dead);

        (await harness.Engine.RetryAsync(id)).Kind.ShouldBe(TaskAnswerKind.Done);
        (await harness.EndOfAsync(id)).State.ShouldBe(TaskState.Succeeded);

        var figures = harness.Engine.Figures;
        (figures.Submitted, figures.Dead, figures.Succeeded).ShouldBe((1, 1, 1));
        harness.Engine.Context.Figures.All.Single().Revived.ShouldBe(1);
        figures.Wait.Counts.Sum().ShouldBe(1);
        figures.Total.Counts.Sum().ShouldBe(1);
    }

    [Fact]
    public async Task Figures_NobodyServesIt_IsARefusal()
    {
        await using var worker = await FakeWorker.StartAsync();
        await using var harness = await EngineHarness.StartAsync([worker]);

        await harness.RunAsync(function: "other");

        harness.Engine.Figures.Submitted.ShouldBe(0);
        harness.Engine.Context.Figures.Refusals(TaskOutcomeKind.NoWorker).ShouldBe(1);
        harness.Engine.Context.Figures.All.ShouldBeEmpty();
    }

    [Fact]
    public async Task Figures_EngineFindsTasksAfterARestart_DoesNotCountThemAsSubmitted()
    {
        using var folder = new TemporaryFolder();
        await using (var silent = await FakeWorker.StartAsync())
        {
            silent.Answer = FakeAnswers.Hang;
            await using var before = await EngineHarness.StartAsync(
                [silent], store: StoreIn(folder));
            await before.SubmitAsync();
            await silent.WaitForCallAsync();
        }

        await using var worker = await FakeWorker.StartAsync();
        await using var after = await EngineHarness.StartAsync(
            [worker], store: StoreIn(folder));
        await TaskListed(after);

        after.Engine.Figures.Submitted.ShouldBe(0);
        after.Engine.Figures.Succeeded.ShouldBe(1);
    }

    private static LocalTaskStore StoreIn(TemporaryFolder folder) => LocalTaskStore.Sqlite(
        new LocalTaskStoreOptions { DataDirectory = folder.Path }, "key", TimeProvider.System, NullLogger.Instance);

    private static async Task TaskListed(EngineHarness harness)
    {
        var page = await harness.Engine.ListAsync(new TaskFilter(), null, 1);
        await harness.EndOfAsync(page.Tasks.ShouldHaveSingleItem().Id);
    }

    private static long Verdicts(EngineHarness harness, AttemptVerdict verdict) =>
        harness.Engine.Context.Figures.All.Sum(one => one.Attempts(verdict));
}
