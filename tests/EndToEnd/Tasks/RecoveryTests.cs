using System.Diagnostics;
using ActorBalancer.EndToEnd.Balancer;
using ActorBalancer.EndToEnd.HelloWorker;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;
using static ActorBalancer.EndToEnd.Tasks.TaskCalls;

namespace ActorBalancer.EndToEnd.Tasks;

/// <summary>A long queue comes back fast and in order; a full disk refuses and loses nothing.</summary>
[Collection(Alone.Name)]
public sealed class RecoveryTests
{
    [Fact]
    public async Task Kill_HundredThousandQueued_ReadyInThreeSecondsAndRunInOrder()
    {
        const int Count = 100_000;
        const int Checked = 3000;
        using var folder = new TemporaryFolder();
        await using var worker = await HelloWorkerProcess.StartAsync(folder, "tasks", ("SLOTS", "1"));
        var first = await BalancerProcess.StartAsync(folder, [worker.Url]);
        await using var _ = first;
        await first.WaitForWorkersAsync(1);
        await first.PauseAsync();
        var ids = (await first.SubmitManyAsync(Enumerable.Repeat(Body(input: """{"name":"a"}"""), Count)))
            .Select(static line => line.Text("taskId")!).ToList();

        await first.KillAsync();
        var started = Stopwatch.GetTimestamp();
        await using var second = await BalancerProcess.StartAsync(folder, [worker.Url]);
        var health = await second.GetAsync("/health");
        var readyAfter = Stopwatch.GetElapsedTime(started);
        var used = second.Process.ProcessorTime;
        var queued = (await second.QueueAsync()).GetProperty("counts").GetProperty("queued").GetInt32();
        await second.ResumeAsync();
        await second.EndOfAsync(ids[Checked - 1], "succeeded");

        (health.Status, health["status"]).ShouldBe((200, "ready"));
        TestContext.Current.TestOutputHelper!.WriteLine($"Ready after {readyAfter}, {used} of processor time.");

        // What else the machine does meanwhile lengthens the one, not the other; on an idle one the first is shorter.
        new[] { readyAfter, used }.Min().ShouldBeLessThan(TimeSpan.FromSeconds(3));
        queued.ShouldBe(Count);
        worker.ReadLog().Where(static line => line.Text("event") == "started").Take(Checked)
            .Select(static line => line.Text("taskId")).ShouldBe(ids.Take(Checked));
    }

    [Fact]
    public async Task DiskFull_RefusesWith503_LosesNothingAndGoesOnWhenThereIsSpace()
    {
        using var folder = new TemporaryFolder();
        using var disk = new TinyDisk(megabytes: 8);
        await using var worker = await FakeWorker.StartAsync(
            new FakeWorkerOptions { AuthKey = BalancerProcess.WorkerKey, LbAuthKey = BalancerProcess.Key });
        (string, string) data = ("DATA_DIR", disk.Path);
        var acknowledged = new List<string>();
        await using var first = await BalancerProcess.StartAsync(folder, [worker.Url], data);
        await first.WaitForWorkersAsync(1);
        await first.PauseAsync();
        var body = Body("\"mode\":\"async\"", input: $$"""{"name":"{{new string('x', 200_000)}}"}""");

        var refusal = await FillAsync(first, body, acknowledged);
        var again = await first.PostAsync(body);
        var healthWhileFull = await first.GetAsync("/health");
        disk.Resize(megabytes: 64);
        await FileWatch.UntilAsync(
            Path.Combine(disk.Path, "actorbalancer.db"),
            async () =>
            {
                var answer = await first.PostAsync(body);
                if (answer.Status == 202)
                    acknowledged.Add(answer["taskId"]!);
                return answer.Status == 202;
            },
            () => "Waited for the balancer to take tasks again.");
        var healthAfterwards = await first.GetAsync("/health");
        var listed = await first.ListAsync("state=queued&limit=100");
        await first.KillAsync();
        await using var second = await BalancerProcess.StartAsync(folder, [worker.Url], data);
        await second.ResumeAsync();

        acknowledged.Count.ShouldBeGreaterThan(10);
        foreach (var answer in new[] { refusal, again })
        {
            (answer.Status, answer["code"]).ShouldBe((503, "unavailable"));
            answer["error"].ShouldBe("The balancer cannot store tasks at the moment.");
            answer.Header("retry-after").ShouldNotBeNull();
        }

        (healthWhileFull.Status, healthAfterwards.Status).ShouldBe((503, 200));
        first.Process.Output.ShouldContain("full");
        listed.Order().ShouldBe(acknowledged.Order());
        foreach (var id in acknowledged)
            await second.EndOfAsync(id, "succeeded");
        worker.Calls.Count.ShouldBe(acknowledged.Count);
    }

    // Sends until the first refusal.
    private static async Task<Answer> FillAsync(BalancerProcess balancer, string body, List<string> acknowledged)
    {
        while (true)
        {
            var answer = await balancer.PostAsync(body);
            if (answer.Status != 202)
                return answer;
            acknowledged.Add(answer["taskId"]!);
            acknowledged.Count.ShouldBeLessThan(1000);
        }
    }
}
