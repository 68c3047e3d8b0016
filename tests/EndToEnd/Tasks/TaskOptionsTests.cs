using System.Globalization;
using System.Text.Json;
using ActorBalancer.EndToEnd.Balancer;
using ActorBalancer.EndToEnd.HelloWorker;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;
using static ActorBalancer.EndToEnd.Tasks.TaskCalls;

namespace ActorBalancer.EndToEnd.Tasks;

/// <summary>What a single task can ask for, and what its worker is told with every attempt.</summary>
public sealed class TaskOptionsTests
{
    private const string AtOnce = "\"backoff\":{\"type\":\"fixed\",\"delay\":0}";

    [Fact]
    public async Task DelayAndRunAt_ByTheWorkersOwnClock_AreNeverEarly()
    {
        const int Count = 40;
        using var folder = new TemporaryFolder();
        await using var worker = await HelloWorkerProcess.StartAsync(folder, "tasks");
        await using var balancer = await BalancerProcess.StartAsync(folder, [worker.Url]);
        await balancer.WaitForWorkersAsync(1);
        var runAt = new Dictionary<string, DateTimeOffset?>();
        for (var i = 0; i < Count; i++)
        {
            var wait = 300 + (i * 20);
            var at = DateTimeOffset.UtcNow.AddMilliseconds(wait);
            var start = i % 2 == 0 ? $"\"delay\":{wait}" : $"\"runAt\":\"{at:O}\"";
            runAt[await balancer.SubmitAsync(start, input: """{"name":"a"}""")] = i % 2 == 0 ? null : at;
            if (i == 0)
                (await balancer.LookAsync(runAt.Keys.Single())).Text("state").ShouldBe("scheduled");
        }

        // The one with a delay is due that long after it was taken in; the one with a moment at that moment.
        var index = 0;
        foreach (var (id, at) in runAt)
        {
            var ended = await balancer.EndOfAsync(id, "succeeded");
            runAt[id] = at ?? ended.Time("createdAt").AddMilliseconds(300 + (index * 20));
            index++;
        }

        var started = worker.ReadLog().Where(static line => line.Text("event") == "started").ToList();
        started.Count.ShouldBe(Count);
        foreach (var line in started)
            line.Time("time").ShouldBeGreaterThanOrEqualTo(runAt[line.Text("taskId")!]!.Value);
    }

    [Fact]
    public async Task TimeToLive_OverBeforeTheStart_ExpiresAndIsNeverSent()
    {
        await using var scene = await TaskScene.StartAsync(slots: 1);
        scene.Worker.Answer = FakeAnswers.Held;
        var first = await scene.Balancer.SubmitAsync();
        var call = await scene.Worker.WaitForCallAsync();
        var noSlot = await scene.Balancer.SubmitAsync("\"ttl\":50");
        var waiting = scene.Balancer.PostAsync(Body("\"ttl\":50"));
        var started = await scene.Balancer.EndOfAsync(noSlot, "expired");
        var told = await waiting;
        call.Release();
        await scene.Balancer.EndOfAsync(first, "succeeded");
        await scene.Balancer.PauseAsync();
        var paused = await scene.Balancer.SubmitAsync("\"ttl\":50");
        await scene.Balancer.EndOfAsync(paused, "expired");
        await scene.Balancer.ResumeAsync();
        var last = await scene.Balancer.SubmitAsync("\"ttl\":60000");
        (await scene.Worker.WaitForCallAsync()).Release();
        await scene.Balancer.EndOfAsync(last, "succeeded");

        started.GetProperty("attempts").GetArrayLength().ShouldBe(0);
        (told.Status, told["code"]).ShouldBe((504, "task_expired"));
        scene.Worker.Calls.Select(static made => made.Header("x-task-id")).ShouldBe([first, last]);
    }

    [Fact]
    public async Task TimeToLive_OverWhileTheBalancerIsDown_ExpiresAfterTheRestart()
    {
        await using var scene = await TaskScene.StartAsync();
        await scene.Balancer.PauseAsync();
        var id = await scene.Balancer.SubmitAsync("\"ttl\":1");

        await scene.KillAndRestartAsync();

        await scene.Balancer.EndOfAsync(id, "expired");
        scene.Worker.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task Timeout_NoAnswer_EndsTheCallAndCountsAsAnAttempt()
    {
        await using var scene = await TaskScene.StartAsync();
        scene.Worker.Answer = FakeAnswers.Hang;

        var id = await scene.Balancer.SubmitAsync("\"timeout\":100,\"attempts\":2," + AtOnce);
        var calls = await scene.Worker.WaitForCallsAsync(2);
        var ended = await scene.Balancer.EndOfAsync(id, "dead");
        var sync = await scene.Balancer.PostAsync(Body("\"timeout\":100"));

        foreach (var call in calls)
            await call.ClientGone.WaitAsync(TimeSpan.FromSeconds(30));
        ended.GetProperty("attempts").EnumerateArray().Select(static attempt => attempt.Text("error"))
            .ShouldAllBe(static error => error == "The worker gave no answer within 100 ms.");
        ended.GetProperty("attempts").GetArrayLength().ShouldBe(2);
        (sync.Status, sync["code"]).ShouldBe((504, "task_timed_out"));
    }

    [Fact]
    public async Task AttemptsAndFixedBackoff_AreKeptToTheLetter()
    {
        await using var scene = await TaskScene.StartAsync();
        scene.Worker.Answer = FakeAnswers.Failure;

        var id = await scene.Balancer.SubmitAsync("\"attempts\":4,\"backoff\":{\"type\":\"fixed\",\"delay\":150}");
        var ended = await scene.Balancer.EndOfAsync(id, "dead");

        var attempts = ended.GetProperty("attempts").EnumerateArray().ToList();
        attempts.Count.ShouldBe(4);
        for (var i = 1; i < attempts.Count; i++)
        {
            (attempts[i].Time("startedAt") - attempts[i - 1].Time("endedAt"))
                .ShouldBeGreaterThanOrEqualTo(TimeSpan.FromMilliseconds(150));
        }

        scene.Worker.Calls.Select(static call => call.Header("x-task-attempt")).ShouldBe(["1", "2", "3", "4"]);
    }

    [Fact]
    public async Task Attempts_Exhausted_SurviveAKillBetweenThem()
    {
        await using var scene = await TaskScene.StartAsync();
        scene.Worker.Answer = FakeAnswers.Failure;
        var id = await scene.Balancer.SubmitAsync("\"attempts\":2,\"backoff\":{\"type\":\"fixed\",\"delay\":2000}");
        await scene.Worker.WaitForCallAsync();
        await FileWatch.UntilAsync(
            scene.DatabasePath,
            async () => (await scene.Balancer.LookAsync(id)).Text("state") == "retrying",
            () => "Waited for 'retrying'.");

        await scene.KillAndRestartAsync();

        var ended = await scene.Balancer.EndOfAsync(id, "dead");
        ended.GetProperty("attempts").GetArrayLength().ShouldBe(scene.Worker.Calls.Count);
        scene.Worker.Calls.Count.ShouldBeInRange(2, 3);
    }

    [Fact]
    public async Task Retention_Given_SaysUntilWhenTheTaskIsKept()
    {
        await using var scene = await TaskScene.StartAsync();

        var id = await scene.Balancer.SubmitAsync("\"retention\":5000");
        var ended = await scene.Balancer.EndOfAsync(id, "succeeded");

        (ended.Time("keptUntil") - ended.Time("finishedAt")).ShouldBe(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Headers_OfEveryAttempt_TellTheWorkerWhereItStands()
    {
        const string Parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        await using var scene = await TaskScene.StartAsync();
        scene.Worker.AnswerNext(FakeAnswers.Failure);

        var id = await scene.Balancer.SubmitAsync(
            "\"timeout\":60000," + AtOnce, headers: [("traceparent", Parent), ("tracestate", "a=1,b=2")]);
        var ended = await scene.Balancer.EndOfAsync(id, "succeeded");
        await scene.Balancer.SubmitAsync();
        var calls = await scene.Worker.WaitForCallsAsync(3);

        calls.Take(2).Select(static call => call.Header("x-task-id")).ShouldBe([id, id]);
        calls.Select(static call => call.Header("x-task-attempt")).ShouldBe(["1", "2", "1"]);
        var tokens = calls.Select(static call => long.Parse(call.Header("x-fencing-token")!)).ToList();
        tokens.ShouldBe(tokens.Order());
        tokens.Distinct().Count().ShouldBe(3);
        calls.Take(2).ShouldAllBe(static call => call.Header("traceparent") == Parent);
        calls.Take(2).ShouldAllBe(static call => call.Header("tracestate") == "a=1,b=2");
        calls[2].Header("traceparent").ShouldNotBeNull().ShouldMatch("^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$");
        calls[2].Header("tracestate").ShouldBeNull();
        var starts = ended.GetProperty("attempts").EnumerateArray()
            .Select(static attempt => attempt.Time("startedAt")).ToList();
        for (var i = 0; i < 2; i++)
        {
            // RFC 3339 as it is used on the internet: UTC, with any number of digits behind the second.
            var sent = calls[i].Header("x-task-deadline").ShouldNotBeNull();
            sent.ShouldMatch(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$");
            var deadline = DateTimeOffset.Parse(sent, CultureInfo.InvariantCulture);
            (deadline - starts[i]).ShouldBe(TimeSpan.FromSeconds(60));
        }
    }

    [Fact]
    public async Task FencingToken_AfterAKill_GrowsOn()
    {
        await using var scene = await TaskScene.StartAsync();
        scene.Worker.Answer = FakeAnswers.Held;
        var id = await scene.Balancer.SubmitAsync();
        var first = await scene.Worker.WaitForCallAsync();

        await scene.KillAndRestartAsync();
        var second = await scene.Worker.WaitForCallAsync();
        second.Release();
        var ended = await scene.Balancer.EndOfAsync(id, "succeeded");

        second.Header("x-task-id").ShouldBe(id);
        second.Header("x-task-attempt").ShouldBe("2");
        long.Parse(second.Header("x-fencing-token")!).ShouldBeGreaterThan(
            long.Parse(first.Header("x-fencing-token")!));
        ended.GetProperty("attempts").EnumerateArray().Select(static attempt => attempt.GetProperty("error").ValueKind)
            .ShouldBe([JsonValueKind.String, JsonValueKind.Null]);
    }
}
