using System.Text;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests;

public sealed class BalancerEngineTests
{
    [Fact]
    public async Task RunAsync_WorkerAnswers_PassesBothBodiesByteForByte()
    {
        const string Body = """{ "group":"hello",  "extra":[1,2.0,"ü"], "function":"hello" }""";
        const string Answer = """{"success":true, "result": {"message":"Hello Ü!"}}""";
        await using var worker = await FakeWorker.StartAsync(new() { LbAuthKey = "balancer-key", AuthKey = "worker-key" });
        worker.Answer = FakeAnswers.Json(Answer);
        await using var harness = await EngineHarness.StartAsync([worker]);

        using var outcome = await harness.RunAsync(body: Body);

        outcome.Kind.ShouldBe(TaskOutcomeKind.Succeeded, outcome.Error);
        Encoding.UTF8.GetString(outcome.Reply!.Body.Span).ShouldBe(Answer);
        outcome.Attempts.ShouldBe(1);
        var call = worker.Calls.ShouldHaveSingleItem();
        call.BodyText.ShouldBe(Body);
        call.Header("authorization").ShouldBe("worker-key");
        call.Header("x-lb-auth").ShouldBe("balancer-key");
        call.Header("content-type").ShouldBe("application/json");
    }

    [Fact]
    public async Task RunAsync_NoKeyInTheTask_TakesTheKeyOfTheFile()
    {
        await using var worker = await FakeWorker.StartAsync();
        await using var harness = await EngineHarness.StartAsync([worker]);
        harness.File.WriteText($$"""[{"url":"{{worker.Url}}","authKey":"of-the-file","weight":2}]""");
        await harness.WaitForAsync(fleet => fleet.Workers.Any(w => w.HasKey), "the key of the file");

        using var outcome = await harness.RunAsync(key: null);

        worker.Calls.ShouldHaveSingleItem().Header("authorization").ShouldBe("of-the-file");
    }

    [Theory]
    [InlineData("nobody", 1, "hello", "No worker serves group 'nobody', contract 1.")]
    [InlineData("hello", 2, "hello", "No worker serves group 'hello', contract 2.")]
    [InlineData("hello", 1, "other", "No worker of group 'hello', contract 1 has a function 'other'.")]
    public async Task RunAsync_NobodyServesIt_SaysSoAtOnce(string group, int contract, string function, string error)
    {
        await using var worker = await FakeWorker.StartAsync();
        await using var harness = await EngineHarness.StartAsync([worker]);

        using var outcome = await harness.RunAsync(function, group: group, contract: contract);

        outcome.Kind.ShouldBe(TaskOutcomeKind.NoWorker);
        outcome.Error.ShouldBe(error);
        worker.Calls.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(400)]
    [InlineData(404)]
    [InlineData(401)]
    public async Task RunAsync_WorkerRefuses_IsNotTriedAgain(int status)
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.Answer = FakeAnswers.Status(status, """{"error":"Parameter 'name' is missing"}""");
        await using var harness = await EngineHarness.StartAsync([worker]);

        using var outcome = await harness.RunAsync();

        outcome.Kind.ShouldBe(TaskOutcomeKind.Refused);
        outcome.WorkerStatus.ShouldBe(status);
        outcome.Error.ShouldBe("Parameter 'name' is missing");
        worker.Calls.Count.ShouldBe(1);
    }

    public static TheoryData<string> Faults =>
        ["Failure", "Garbage", "CloseInBody", "CloseInChunks", "Close", "Reset", "NoJson", "HugeHeader", "EndlessBody"];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task RunAsync_OneWorkerMisbehaves_IsTriedOnTheOther(string fault)
    {
        await using var bad = await FakeWorker.StartAsync();
        await using var good = await FakeWorker.StartAsync();
        bad.Answer = Fault(fault);
        good.Answer = FakeAnswers.Json("""{"success":true,"result":"good"}""");
        await using var harness = await EngineHarness.StartAsync(
            [bad, good], options => options with { Strategy = "round-robin", ResultLimit = 1024 * 1024 });

        for (var i = 0; i < 4; i++)
        {
            using var outcome = await harness.RunAsync();
            outcome.Kind.ShouldBe(TaskOutcomeKind.Succeeded, outcome.Error);
            Encoding.UTF8.GetString(outcome.Reply!.Body.Span).ShouldContain("good");
        }

        bad.Calls.Count.ShouldBeGreaterThan(0);
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task RunAsync_TheOnlyWorkerMisbehaves_FailsAfterAllAttemptsAndFreesItsSlot(string fault)
    {
        await using var worker = await FakeWorker.StartAsync(new() { Slots = 1 });
        worker.Answer = Fault(fault);
        await using var harness = await EngineHarness.StartAsync(
            [worker],
            options => options with
            {
                TaskAttempts = 3,
                ResultLimit = 1024 * 1024,
                NoWorkerGrace = TimeSpan.FromMinutes(1),
            });

        using var outcome = await harness.RunAsync();

        outcome.Kind.ShouldBe(TaskOutcomeKind.Failed);
        outcome.Attempts.ShouldBe(3);
        outcome.Error.ShouldNotBeNullOrEmpty();
        worker.Calls.Count.ShouldBe(3);
        worker.Answer = FakeAnswers.Ok;
        using var next = await harness.RunAsync();
        next.Kind.ShouldBe(TaskOutcomeKind.Succeeded, next.Error);
    }

    [Fact]
    public async Task RunAsync_WorkerSays500_GivesItsOwnErrorAndLogsNothingOfIt()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.Answer = FakeAnswers.Status(500, """{"success":false,"error":"no page for secret-input"}""");
        await using var harness = await EngineHarness.StartAsync([worker]);

        using var outcome = await harness.RunAsync();

        outcome.Error.ShouldBe("no page for secret-input");
        harness.Log.ToString().ShouldNotContain("secret-input");
    }

    [Fact]
    public async Task RunAsync_WorkerInMaintenance_GoesBackToItsPlaceAndUsesNoAttempt()
    {
        await using var worker = await FakeWorker.StartAsync(new() { Slots = 1 });
        worker.AnswerNext(FakeAnswers.Maintenance, FakeAnswers.Maintenance, FakeAnswers.Maintenance);
        await using var harness = await EngineHarness.StartAsync(
            [worker], options => options with { TaskAttempts = 1, NoWorkerGrace = TimeSpan.FromMinutes(1) });

        using var outcome = await harness.RunAsync();

        outcome.Kind.ShouldBe(TaskOutcomeKind.Succeeded, outcome.Error);
        outcome.Attempts.ShouldBe(1);
        worker.Calls.Count.ShouldBe(4);
    }

    [Fact]
    public async Task RunAsync_MoreTasksThanSlots_NeverMoreAtOnceThanTheWorkerOffers()
    {
        await using var worker = await FakeWorker.StartAsync(new() { Slots = 3 });
        await using var harness = await EngineHarness.StartAsync([worker]);

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => harness.RunAsync()));

        outcomes.ShouldAllBe(outcome => outcome.Kind == TaskOutcomeKind.Succeeded);
        worker.RunningMax.ShouldBeLessThanOrEqualTo(3);
        worker.Calls.Count.ShouldBe(300);
    }

    [Fact]
    public async Task RunAsync_FullQueueAndFullEngine_AreRefusedApart()
    {
        await using var worker = await FakeWorker.StartAsync(new() { Slots = 1 });
        await using var other = await FakeWorker.StartAsync(new() { Group = "other", Slots = 1 });
        worker.Answer = FakeAnswers.Held;
        other.Answer = FakeAnswers.Held;
        await using var harness = await EngineHarness.StartAsync(
            [worker, other], options => options with { QueueLimit = 2, IntakeLimit = 3 });
        var first = harness.RunAsync();
        var second = harness.RunAsync();

        using var queueFull = await harness.RunAsync();
        var third = harness.RunAsync(group: "other");
        using var engineFull = await harness.RunAsync(group: "other");

        queueFull.Kind.ShouldBe(TaskOutcomeKind.QueueFull);
        queueFull.RetryAfter.ShouldNotBeNull();
        engineFull.Kind.ShouldBe(TaskOutcomeKind.Overloaded);
        (await worker.WaitForCallAsync()).Release();
        (await worker.WaitForCallAsync()).Release();
        (await other.WaitForCallAsync()).Release();
        foreach (var run in new[] { first, second, third })
            (await run).Kind.ShouldBe(TaskOutcomeKind.Succeeded);
    }

    [Fact]
    public async Task DisposeAsync_WithCallersWaiting_AnswersEachOfThem()
    {
        await using var worker = await FakeWorker.StartAsync(new() { Slots = 1 });
        worker.Answer = FakeAnswers.Hang;
        await using var harness = await EngineHarness.StartAsync([worker]);
        var runs = Enumerable.Range(0, 20).Select(_ => harness.RunAsync()).ToArray();
        await worker.WaitForCallAsync();

        await harness.Engine.DisposeAsync();

        foreach (var run in runs)
            (await run).Kind.ShouldBe(TaskOutcomeKind.Unavailable);
        (await harness.RunAsync()).Kind.ShouldBe(TaskOutcomeKind.Unavailable);
    }

    private static FakeAnswer Fault(string name) => name switch
    {
        "Failure" => FakeAnswers.Failure,
        "Garbage" => FakeAnswers.Garbage,
        "CloseInBody" => FakeAnswers.CloseInBody,
        "CloseInChunks" => FakeAnswers.CloseInChunks,
        "Close" => FakeAnswers.Close,
        "Reset" => FakeAnswers.Reset,
        "NoJson" => FakeAnswers.Json("<html>it works</html>"),
        "HugeHeader" => FakeAnswers.HugeHeader(256 * 1024),
        "EndlessBody" => FakeAnswers.EndlessBody,
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such fault"),
    };
}
