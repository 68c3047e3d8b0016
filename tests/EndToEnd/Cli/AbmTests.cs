using System.Text.Json;
using ActorBalancer.EndToEnd.Balancer;
using ActorBalancer.EndToEnd.HelloWorker;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.EndToEnd.Cli;

/// <summary>The real abm against a real balancer with a real worker.</summary>
public sealed class AbmTests
{
    private static readonly string[] Greet =
        ["tasks", "submit", "hello", "hello", "--input", """{"name":"Abm"}"""];

    [Fact]
    public async Task Commands_OnePassOfAnOperator_DoWhatTheySay()
    {
        using var folder = new TemporaryFolder();
        await using var worker = await HelloWorkerProcess.StartAsync(folder, "one");
        await using var balancer = await BalancerProcess.StartAsync(folder, [worker.Url], ("TASK_ATTEMPTS", "1"));
        await balancer.WaitForWorkersAsync(1);

        (await DoneAsync("status")).ShouldContain("1 ready");
        (await DoneAsync("workers")).ShouldContain(worker.Url);
        (await DoneAsync("workers", "show", worker.Url)).ShouldContain("function   hello");
        (await DoneAsync("nodes")).ShouldContain("(alone)");
        (await DoneAsync("actors", "tree")).ShouldContain("QueueActor");
        (await DoneAsync("proxy")).ShouldBe("no pools");
        (await DoneAsync([.. Greet, "--wait"])).ShouldContain("Hello Abm!");
        (await DoneAsync([.. Greet, "--mode", "sync", "--json"]))
            .ShouldBe("""{"success":true,"result":{"message":"Hello Abm!"}}""");

        (await DoneAsync("queues", "pause", "hello", "--for", "1h")).ShouldContain("hello/1 is paused until");
        var id = await DoneAsync(Greet);
        (await DoneAsync("queues")).ShouldContain("paused 59m");
        (await DoneAsync("tasks", "list", "--state", "queued", "--json")).ShouldContain(id);
        (await DoneAsync("queues", "resume", "hello/1")).ShouldBe("hello/1 is open");
        (await DoneAsync("tasks", "wait", id)).ShouldContain("succeeded");

        async Task<string> DoneAsync(params string[] arguments)
        {
            var (code, output, error) = await AbmProcess.RunAsync(folder, balancer, arguments);
            code.ShouldBe(0, $"{string.Join(' ', arguments)}: {output} {error}");
            return output.Trim();
        }
    }

    [Fact]
    public async Task Dead_TaskThatFails_IsListedRetriedAndForgotten()
    {
        using var folder = new TemporaryFolder();
        await using var worker = await FakeWorker.StartAsync(
            new() { AuthKey = BalancerProcess.WorkerKey, LbAuthKey = BalancerProcess.Key });
        await using var balancer = await BalancerProcess.StartAsync(folder, [worker.Url], ("TASK_ATTEMPTS", "1"));
        await balancer.WaitForWorkersAsync(1);
        worker.AnswerNext(FakeAnswers.Status(500, """{"success":false,"error":"\u001b[31mboom"}"""));

        var died = await AbmProcess.RunAsync(folder, balancer, [.. Greet, "--wait", "--json"]);
        var id = JsonElement.Parse(died.Out.Split('\n')[^1]).GetProperty("taskId").GetString()!;
        var list = await AbmProcess.RunAsync(folder, balancer, "dead");
        var retry = await AbmProcess.RunAsync(folder, balancer, "dead", "retry", "--all");
        var wait = await AbmProcess.RunAsync(folder, balancer, "tasks", "wait", id);

        died.Code.ShouldBe(1);
        list.Out.ShouldContain(id);
        list.Out.ShouldContain("boom");
        list.Out.ShouldNotContain("\u001b");
        retry.Out.Trim().ShouldBe("1 tasks retried");
        wait.Code.ShouldBe(0, wait.Error);
    }

    [Fact]
    public async Task LogsFollow_UntilInterrupted_ShowsWhatHappens()
    {
        using var folder = new TemporaryFolder();
        await using var balancer = await BalancerProcess.StartAsync(folder, []);
        await using var logs = AbmProcess.Start(folder, balancer, "logs", "-f");
        await logs.WaitForLineAsync("Listening on");
        await using var worker = await HelloWorkerProcess.StartAsync(folder, "one");

        await File.WriteAllTextAsync(folder.Combine("workers.json"), JsonSerializer.Serialize(new[] { worker.Url }));
        await logs.WaitForLineAsync($"Worker {worker.Url} added");
        logs.Signal("INT");

        (await logs.WaitForExitAsync()).ShouldBe(130);
        (await logs.ReadErrorsAsync()).ShouldBeEmpty();
    }

    // The time that is judged is the processor's: how long the clock runs depends on what else the machine does.
    [Fact]
    public async Task ActorsTree_TenThousandActors_TakesLessThanASecondOfTheProcessor()
    {
        using var folder = new TemporaryFolder();
        var workers = Enumerable.Range(0, 9_993).Select(static i => $"http://127.1.{i / 250}.{(i % 250) + 1}:9");
        await using var balancer = await BalancerProcess.StartAsync(
            folder, workers, ("LOG_LEVEL", "info"));
        const string Script = "TIMEFORMAT='%U %S'; time dotnet \"$0\" actors tree --timeout 90s | tail -n 1";
        var start = new System.Diagnostics.ProcessStartInfo("bash", ["-c", Script, AbmProcess.Assembly])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in AbmProcess.EnvironmentFor(balancer))
            start.Environment[name] = value;
        using var bash = System.Diagnostics.Process.Start(start)!;

        var last = await bash.StandardOutput.ReadToEndAsync().WaitAsync(TimeSpan.FromMinutes(2));
        var times = await bash.StandardError.ReadToEndAsync();

        last.ShouldEndWith(" actors\n", Case.Sensitive, times);
        int.Parse(last.Split(' ')[0]).ShouldBeGreaterThanOrEqualTo(10_000);
        times.Trim().Split(' ').Sum(double.Parse).ShouldBeLessThan(1, times);
    }
}
