using System.Diagnostics;
using System.Net;
using System.Text.Json;
using ActorBalancer.HelloWorker;
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
        await using var one = StartWorker(folder, "one");
        await using var two = StartWorker(folder, "two");
        await using var balancer = await BalancerProcess.StartAsync(folder, [await UrlOf(one), await UrlOf(two)]);
        await balancer.WaitForWorkersAsync(2);

        using var answer = await balancer.PostTaskAsync("""{"name":"Andera"}""", authorization: authorization);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await answer.Content.ReadAsStringAsync()).ShouldBe(Hello);
    }

    [Fact]
    public async Task PostTask_TheWorkerIsKilled_TheTaskRunsOnTheOtherAndTheNextToo()
    {
        using var folder = new TemporaryFolder();
        await using var one = StartWorker(folder, "one");
        await using var two = StartWorker(folder, "two");
        await using var balancer = await BalancerProcess.StartAsync(
            folder, [await UrlOf(one), await UrlOf(two)], ("STRATEGY", "round-robin"));
        await balancer.WaitForWorkersAsync(2);
        var running = Enumerable.Range(0, 2).Select(i => balancer.PostTaskAsync($$"""{"ms":1500,"id":"{{i}}"}""", "sleep"))
            .ToArray();
        await WaitForLineAsync(folder.Combine("one"), "started");
        await WaitForLineAsync(folder.Combine("two"), "started");

        one.Signal("KILL");
        await one.WaitForExitAsync();

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
        await using var worker = StartWorker(folder, "one");
        var url = await UrlOf(worker);

        await File.WriteAllTextAsync(folder.Combine("workers.json"), JsonSerializer.Serialize(new[] { url }));
        await balancer.WaitForWorkersAsync(1);
        using var served = await balancer.PostTaskAsync("""{"name":"Andera"}""");
        await File.WriteAllTextAsync(folder.Combine("workers.json"), "[]");
        await balancer.Process.WaitForLineAsync($"Worker {url} removed");
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

    private static ChildProcess StartWorker(TemporaryFolder folder, string log) => new(
        typeof(HelloWorkerHost).Assembly.Location,
        folder.Path,
        [],
        [
            ("PORT", "0"), ("WEBSOCKET_PORT", "0"), ("AUTH_KEY", BalancerProcess.WorkerKey),
            ("LB_AUTH_KEY", BalancerProcess.Key), ("TASK_LOG", folder.Combine(log)),
        ]);

    private static async Task<string> UrlOf(ChildProcess worker)
        => (await worker.WaitForLineAsync("listens on http://")).Split(' ')[3].TrimEnd(',');

    // The log's own growth is the signal; the watcher is armed before the first look, so no line is missed.
    private static async Task WaitForLineAsync(string path, string text)
    {
        using var changed = new SemaphoreSlim(0);
        using var watcher = new FileSystemWatcher(Path.GetDirectoryName(path)!);
        watcher.Changed += (_, _) => changed.Release();
        watcher.EnableRaisingEvents = true;
        while (!File.Exists(path) || !File.ReadLines(path).Any(line => line.Contains(text)))
            (await changed.WaitAsync(TimeSpan.FromSeconds(60))).ShouldBeTrue($"a line with '{text}' in {path}");
    }
}
