using System.Diagnostics;
using System.Net;
using System.Text.Json;
using ActorBalancer.EndToEnd.HelloWorker;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.EndToEnd.Balancer;

/// <summary>The balancer and hello workers as processes of their own, used over HTTP.</summary>
public sealed class MainJobTests
{
    private const string Hello = """{"success":true,"result":{"message":"Hello Andera!"}}""";

    [Theory]
    [InlineData(BalancerProcess.Key)]
    [InlineData("Bearer " + BalancerProcess.Key)]
    public async Task PostTask_TwoHelloWorkers_AnswersAsTheProtocolSays(string authorization)
    {
        using var folder = new TemporaryFolder();
        await using var one = await HelloWorkerProcess.StartAsync(folder, "one");
        await using var two = await HelloWorkerProcess.StartAsync(folder, "two");
        await using var balancer = await BalancerProcess.StartAsync(folder, [one.Url, two.Url]);
        await balancer.WaitForWorkersAsync(2);

        using var answer = await balancer.PostTaskAsync("""{"name":"Andera"}""", authorization: authorization);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await answer.Content.ReadAsStringAsync()).ShouldBe(Hello);
    }

    [Fact]
    public async Task PostTask_TheWorkerIsKilled_TheTaskRunsOnTheOtherAndTheNextToo()
    {
        using var folder = new TemporaryFolder();
        await using var one = await HelloWorkerProcess.StartAsync(folder, "one");
        await using var two = await HelloWorkerProcess.StartAsync(folder, "two");
        await using var balancer = await BalancerProcess.StartAsync(
            folder, [one.Url, two.Url], ("STRATEGY", "round-robin"));
        await balancer.WaitForWorkersAsync(2);
        var running = Enumerable.Range(0, 2)
            .Select(i => balancer.PostTaskAsync($$"""{"ms":1500,"id":"{{i}}"}""", "sleep"))
            .ToArray();
        await one.WaitForLogAsync("started");
        await two.WaitForLogAsync("started");

        one.Process.Signal("KILL");
        await one.Process.WaitForExitAsync();

        foreach (var run in running)
            (await run).StatusCode.ShouldBe(HttpStatusCode.OK);
        for (var i = 0; i < 5; i++)
        {
            using var answer = await balancer.PostTaskAsync("""{"name":"Andera"}""");
            (await answer.Content.ReadAsStringAsync()).ShouldBe(Hello);
        }
    }

    [Fact]
    public async Task WorkersFile_WorkerAdded_TakesTasksAndARemovedOneGetsNone()
    {
        using var folder = new TemporaryFolder();
        await using var balancer = await BalancerProcess.StartAsync(folder, []);
        using var nobody = await balancer.PostTaskAsync("""{"name":"Andera"}""");
        await using var worker = await HelloWorkerProcess.StartAsync(folder, "one");

        await File.WriteAllTextAsync(folder.Combine("workers.json"), JsonSerializer.Serialize(new[] { worker.Url }));
        await balancer.WaitForWorkersAsync(1);
        using var served = await balancer.PostTaskAsync("""{"name":"Andera"}""");
        await File.WriteAllTextAsync(folder.Combine("workers.json"), "[]");
        await balancer.Process.WaitForLineAsync($"Worker {worker.Url} removed");
        using var removed = await balancer.PostTaskAsync("""{"name":"Andera"}""");

        nobody.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        served.StatusCode.ShouldBe(HttpStatusCode.OK);
        removed.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
    }

    [Fact]
    public async Task Output_AfterTasksOfEveryOutcome_HoldsNoKeyAndNoInput()
    {
        using var folder = new TemporaryFolder();
        await using var worker = await FakeWorker.StartAsync(new() { AuthKey = BalancerProcess.WorkerKey });
        await using var balancer = await BalancerProcess.StartAsync(
            folder, [worker.Url], ("LOG_LEVEL", "debug"), ("TASK_ATTEMPTS", "1"));
        await balancer.WaitForWorkersAsync(1);
        worker.AnswerNext(
            FakeAnswers.Ok,
            FakeAnswers.Status(500, """{"success":false,"error":"no such top-secret"}"""),
            FakeAnswers.Status(400, """{"error":"top-secret is wrong"}"""),
            FakeAnswers.Close);
        for (var i = 0; i < 4; i++)
            (await balancer.PostTaskAsync("""{"name":"top-secret"}""")).Dispose();
        (await balancer.PostTaskAsync("""{"name":"top-secret""")).Dispose();
        (await balancer.PostTaskAsync("{}", authorization: "wrong-top-secret")).Dispose();

        using var logs = await balancer.SendAsync(HttpMethod.Get, "/logs", BalancerProcess.Key);
        var text = await logs.Content.ReadAsStringAsync();
        balancer.Process.Signal("TERM");
        (await balancer.Process.WaitForExitAsync()).ShouldBe(0);

        foreach (var written in new[] { balancer.Process.Output, text, await balancer.Process.ReadErrorsAsync() })
        {
            written.ShouldNotContain("top-secret");
            written.ShouldNotContain(BalancerProcess.Key);
            written.ShouldNotContain(BalancerProcess.WorkerKey);
        }
    }

    [Fact]
    public async Task SecondProcess_OnTheSameDataDirectory_IsRefusedInOneLine()
    {
        using var folder = new TemporaryFolder();
        await using var first = await BalancerProcess.StartAsync(folder, []);
        await using var second = BalancerProcess.Launch(
            folder, [], [("PORT", $"{FreePort.Next()}"), ("LB_AUTH_KEY", BalancerProcess.Key)]);

        (await second.WaitForExitAsync()).ShouldBe(1);

        var error = await second.ReadErrorsAsync();
        error.ShouldStartWith("The balancer cannot start: ");
        error.TrimEnd().ShouldNotContain("\n");
    }

    [Fact]
    public async Task Demo_PrintsACurlLineThatWorksWhenPasted()
    {
        using var folder = new TemporaryFolder();
        await using var demo = BalancerProcess.Launch(folder, ["--demo"], [("PORT", $"{FreePort.Next()}")]);

        var line = await demo.WaitForLineAsync("curl http");
        var start = new ProcessStartInfo("bash", ["-c", line + " --silent"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        using var curl = Process.Start(start)!;

        (await curl.StandardOutput.ReadToEndAsync()).ShouldBe(Hello);
    }
}
