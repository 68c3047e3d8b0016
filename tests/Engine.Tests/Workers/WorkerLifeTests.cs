using System.Text.Json;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Protocol;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Workers;

public sealed class WorkerLifeTests
{
    [Fact]
    public async Task Discovery_WorkerAdded_TakesTasks()
    {
        await using var first = await FakeWorker.StartAsync();
        await using var second = await FakeWorker.StartAsync(new() { Group = "second" });
        await using var harness = await EngineHarness.StartAsync([first]);

        harness.File.Write(first.Url, second.Url);
        await harness.WaitForAsync(second, "ready");

        (await harness.RunAsync(group: "second")).Kind.ShouldBe(TaskOutcomeKind.Succeeded);
    }

    [Fact]
    public async Task Discovery_WorkerRemoved_GetsNoNewTasksAndItsRunningOnesEnd()
    {
        await using var stays = await FakeWorker.StartAsync();
        await using var leaves = await FakeWorker.StartAsync();
        await using var harness = await EngineHarness.StartAsync(
            [leaves, stays], options => options with { Strategy = "round-robin" });
        leaves.Answer = FakeAnswers.Held;
        var (running, call) = await OccupyAsync(harness, leaves);

        harness.File.Write(stays.Url);
        await harness.WaitForAsync(fleet => fleet.Workers.All(w => w.Url != leaves.Url), "the worker to be gone");
        for (var i = 0; i < 10; i++)
            (await harness.RunAsync()).Kind.ShouldBe(TaskOutcomeKind.Succeeded);

        leaves.Calls.Count.ShouldBe(1);
        running.IsCompleted.ShouldBeFalse();
        call.Release(FakeAnswers.Json("""{"success":true,"result":"ended"}"""));
        (await running).Kind.ShouldBe(TaskOutcomeKind.Succeeded);
        leaves.Calls.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("[\"http://127.0.0.1:1\"")]
    [InlineData("")]
    [InlineData("{\"a\":1}")]
    public async Task Discovery_BadFile_KeepsTheLastGoodListAndLogsAnError(string text)
    {
        await using var worker = await FakeWorker.StartAsync();
        await using var harness = await EngineHarness.StartAsync([worker]);

        harness.File.WriteText(text);
        await harness.Log.WaitForAsync(101);

        (await harness.RunAsync()).Kind.ShouldBe(TaskOutcomeKind.Succeeded);
        harness.Log.Lines.ShouldContain(line => line.Id.Id == 101 && line.Text.Contains("The last good list stays"));
    }

    [Fact]
    public async Task Discovery_FileDeleted_KeepsTheLastGoodList()
    {
        await using var worker = await FakeWorker.StartAsync();
        await using var harness = await EngineHarness.StartAsync(
            [worker], options => options with { DiscoveryInterval = TimeSpan.FromMilliseconds(20) });

        harness.File.Delete();
        await harness.Log.WaitForAsync(101);

        (await harness.RunAsync()).Kind.ShouldBe(TaskOutcomeKind.Succeeded);
    }

    [Fact]
    public async Task Health_OneWorkerNeverAnswers_TheOthersServeAllTheSame()
    {
        await using var deaf = await FakeWorker.StartAsync();
        deaf.HealthAnswer = FakeAnswers.Hang;
        await using var worker = await FakeWorker.StartAsync();
        await using var harness = await EngineHarness.StartAsync([deaf, worker], waitForAll: false);

        await harness.WaitForAsync(worker, "ready");

        (await harness.RunAsync()).Kind.ShouldBe(TaskOutcomeKind.Succeeded);
        harness.Engine.Fleet.Workers.Single(w => w.Url == deaf.Url).Status.ShouldBe("offline");
    }

    [Fact]
    public async Task Health_WorkerComesUpLater_IsFoundByItself()
    {
        await using var worker = await FakeWorker.StartAsync(new() { Up = false });
        await using var harness = await EngineHarness.StartAsync([worker], waitForAll: false);
        await harness.Log.WaitForAsync(106);

        worker.ComeBack();
        await harness.WaitForAsync(worker, "ready");

        (await harness.RunAsync()).Kind.ShouldBe(TaskOutcomeKind.Succeeded);
    }

    [Theory]
    [InlineData("<html>")]
    [InlineData("null")]
    [InlineData("""{"contract":1,"status":"ready","slots":{"used":0,"available":1,"limit":1,"queue":0},"functions":[]}""")]
    [InlineData("""{"group":"g","contract":"x","status":"ready"}""")]
    public async Task Health_Garbage_IsNoWorker(string answer)
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.HealthAnswer = FakeAnswers.Json(answer);
        await using var harness = await EngineHarness.StartAsync([worker], waitForAll: false);

        await harness.Log.WaitForAsync(106);

        harness.Engine.Fleet.Workers.Single().Status.ShouldBe("offline");
        (await harness.RunAsync()).Kind.ShouldBe(TaskOutcomeKind.NoWorker);
    }

    [Fact]
    public async Task Session_WorkerOffersNone_IsSteeredByHealthAlone()
    {
        await using var worker = await FakeWorker.StartAsync(new() { WebSocket = false });
        await using var harness = await EngineHarness.StartAsync([worker]);

        (await harness.RunAsync()).Kind.ShouldBe(TaskOutcomeKind.Succeeded);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Session_WithAndWithoutEchoOfTheSubProtocol_Opens(bool echo)
    {
        await using var worker = await FakeWorker.StartAsync(new() { LbAuthKey = "balancer-key" });
        worker.Socket.EchoSubProtocol = echo;
        await using var harness = await EngineHarness.StartAsync([worker]);

        (await worker.Socket.WaitForConnectionAsync()).ShouldBe("balancer-key");
        (await worker.Socket.WaitForFrameAsync()).ShouldBe("ping");
    }

    [Fact]
    public async Task Session_WrongKey_WorkerStaysOfflineAndTheLogSaysWhy()
    {
        await using var other = await FakeWorker.StartAsync(new() { LbAuthKey = "another-key" });
        await using var worker = await FakeWorker.StartAsync();
        worker.Health = worker.Health with { WebsocketPort = other.Socket.Port };
        await using var harness = await EngineHarness.StartAsync([worker], waitForAll: false);

        await harness.Log.WaitForAsync(109);

        harness.Engine.Fleet.Workers.Single().Status.ShouldBe("offline");
        harness.Log.Lines.Single(line => line.Id.Id == 109).Text.ShouldContain("LB_AUTH_KEY must be the same on both sides");
    }

    [Fact]
    public async Task Session_MaintenanceFrame_StopsNewTasksAndReadyBringsThemBack()
    {
        await using var worker = await FakeWorker.StartAsync();
        await using var harness = await EngineHarness.StartAsync([worker]);

        worker.Health = worker.Health with { Status = "maintenance" };
        await worker.Socket.PushStatusAsync();
        await harness.WaitForAsync(worker, "maintenance");
        (await harness.RunAsync()).Kind.ShouldBe(TaskOutcomeKind.NoWorker);

        worker.Health = worker.Health with { Status = "ready" };
        await worker.Socket.PushStatusAsync();
        await harness.WaitForAsync(worker, "ready");
        (await harness.RunAsync()).Kind.ShouldBe(TaskOutcomeKind.Succeeded);
    }

    [Fact]
    public async Task Session_ServiceDown_StopsNewTasksUntilItIsUp()
    {
        await using var worker = await FakeWorker.StartAsync();
        await using var harness = await EngineHarness.StartAsync([worker]);

        worker.Health = worker.Health with { Services = [new WorkerService("browser", "down")] };
        await worker.Socket.PushStatusAsync();
        await harness.WaitForAsync(fleet => !fleet.Workers.Single().IsServing, "the service to be seen down");
        (await harness.RunAsync()).Kind.ShouldBe(TaskOutcomeKind.NoWorker);

        worker.Health = worker.Health with { Services = [new WorkerService("browser", "up")] };
        await worker.Socket.PushStatusAsync();
        await harness.WaitForAsync(worker, "ready");
        (await harness.RunAsync()).Kind.ShouldBe(TaskOutcomeKind.Succeeded);
    }

    [Fact]
    public async Task Session_LostAndHealthFails_RunningTaskIsTakenUpElsewhere()
    {
        await using var dying = await FakeWorker.StartAsync();
        await using var other = await FakeWorker.StartAsync();
        dying.Answer = FakeAnswers.Held;
        await using var harness = await EngineHarness.StartAsync(
            [dying, other], options => options with { Strategy = "round-robin" });
        var (running, _) = await OccupyAsync(harness, dying);
        var before = other.Calls.Count;

        dying.HealthAnswer = FakeAnswers.Status(500, "{}");
        await dying.Socket.CloseAllAsync(1011);

        (await running).Attempts.ShouldBe(2);
        (await running).Kind.ShouldBe(TaskOutcomeKind.Succeeded);
        other.Calls.Count.ShouldBe(before + 1);
    }

    [Fact]
    public async Task Session_LostButHealthAnswers_RunningTaskEndsWhereItIs()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.Answer = FakeAnswers.Held;
        await using var harness = await EngineHarness.StartAsync([worker]);
        var running = harness.RunAsync();
        var call = await worker.WaitForCallAsync();

        worker.Socket.Drop();
        await harness.Log.WaitForAsync(109);
        call.Release();

        (await running).Attempts.ShouldBe(1);
        await harness.WaitForAsync(worker, "ready");
    }

    [Fact]
    public async Task Slots_OthersUseTheWorkerToo_TheirsAreLeftToThem()
    {
        await using var worker = await FakeWorker.StartAsync(new() { Slots = 2 });
        worker.Answer = FakeAnswers.Held;
        await using var harness = await EngineHarness.StartAsync([worker]);
        worker.SetSlots(used: 1, limit: 2);
        await worker.Socket.PushStatusAsync();
        await worker.Socket.PushStatusAsync();
        await harness.WaitForAsync(_ => SlotsUsed(harness) == 1, "the foreign task to be counted");

        var runs = Enumerable.Range(0, 3).Select(_ => harness.RunAsync()).ToArray();
        var first = await worker.WaitForCallAsync();

        worker.Running.ShouldBe(1);
        worker.Answer = FakeAnswers.Ok;
        first.Release();
        foreach (var run in runs)
            (await run).Kind.ShouldBe(TaskOutcomeKind.Succeeded);
        worker.RunningMax.ShouldBe(1);
    }

    [Fact]
    public async Task Contract_OneOfThreeDiffers_IsListedWithTheReasonUntilItAgrees()
    {
        await using var one = await FakeWorker.StartAsync();
        await using var two = await FakeWorker.StartAsync();
        await using var odd = await FakeWorker.StartAsync();
        var agreed = odd.Health.Functions;
        odd.Health = odd.Health with
        {
            Functions = [new WorkerFunction("hello", JsonElement.Parse("""{"name":{"type":"number"}}"""))],
        };
        await using var harness = await EngineHarness.StartAsync([odd, one, two], waitForAll: false);
        await harness.WaitForAsync(one, "ready");
        await harness.WaitForAsync(two, "ready");
        await harness.WaitForAsync(fleet => fleet.InvalidWorkers.Count == 1, "the odd one to be invalid");

        var invalid = harness.Engine.Fleet.InvalidWorkers.Single();
        invalid.Url.ShouldBe(odd.Url);
        invalid.ContractMismatchReason.ShouldNotBeNull().ShouldContain("hello");
        invalid.ContractMismatchReason.ShouldContain("name");
        for (var i = 0; i < 6; i++)
            (await harness.RunAsync()).Kind.ShouldBe(TaskOutcomeKind.Succeeded);
        odd.Calls.ShouldBeEmpty();

        odd.Health = odd.Health with { Functions = agreed };
        await harness.WaitForAsync(odd, "ready");
    }

    // Two tasks by turns: one of them goes to the worker that holds its answer.
    private static async Task<(Task<TaskOutcome> Run, FakeWorkerCall Call)> OccupyAsync(
        EngineHarness harness, FakeWorker worker)
    {
        var runs = new[] { harness.RunAsync(), harness.RunAsync() };
        var call = await worker.WaitForCallAsync();
        var ended = await Task.WhenAny(runs);
        return (runs[0] == ended ? runs[1] : runs[0], call);
    }

    private static int SlotsUsed(EngineHarness harness) => harness.Engine.Fleet.Workers.Single().Slots.Used;
}
