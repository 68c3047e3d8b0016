using System.Net;
using ActorBalancer.EndToEnd.Balancer;
using ActorBalancer.EndToEnd.HelloWorker;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.EndToEnd.Metrics;

/// <summary>Debian's Prometheus and its tool over a real balancer.</summary>
public sealed class PrometheusTests
{
    private static readonly string[] Jobs = ["openmetrics", "plain"];

    [Fact]
    public async Task Scrape_RealTasks_ReadsBothFormatsAndTheSumsAreThoseOfTheTest()
    {
        using var folder = new TemporaryFolder();
        await using var worker = await HelloWorkerProcess.StartAsync(folder, "one");
        await using var balancer = await BalancerProcess.StartAsync(folder, [worker.Url]);
        await balancer.WaitForWorkersAsync(1);
        using var relay = new PlainRelay(balancer.Url);
        await using var prometheus = await PrometheusServer.StartAsync(folder, $"""
            global: {"{"} scrape_interval: 1s, scrape_timeout: 1s {"}"}
            scrape_configs:
              - job_name: openmetrics
                authorization: {"{"} type: Bearer, credentials: {BalancerProcess.Key} {"}"}
                static_configs: [{"{"} targets: ["127.0.0.1:{balancer.Url.Port}"] {"}"}]
              - job_name: plain
                authorization: {"{"} type: Bearer, credentials: {BalancerProcess.Key} {"}"}
                static_configs: [{"{"} targets: ["127.0.0.1:{relay.Port}"] {"}"}]
            """);

        await RunTasksAsync(balancer);

        foreach (var job in Jobs)
            await CheckSumsAsync(prometheus, job);
        (await prometheus.TargetsAsync()).ShouldBe(
            [("openmetrics", "up", ""), ("plain", "up", "")], ignoreOrder: true);
        (await prometheus.AskAsync("min(min_over_time(up[1m]))")).ShouldBe(1);
    }

    [Fact]
    public async Task Metrics_TextOfABusyBalancer_PleasesTheTool()
    {
        using var folder = new TemporaryFolder();
        await using var worker = await HelloWorkerProcess.StartAsync(folder, "one");
        await using var balancer = await BalancerProcess.StartAsync(folder, [worker.Url]);
        await balancer.WaitForWorkersAsync(1);
        await RunTasksAsync(balancer);

        var text = (await balancer.CallAsync(HttpMethod.Get, "/metrics")).Text;

        var (code, said) = await PrometheusServer.CheckAsync(text, "check", "metrics");
        code.ShouldBe(0, said);
        said.ShouldBeEmpty();
    }

    [Fact]
    public async Task Ops_RulesAndExample_PleaseTheTool()
    {
        using var folder = new TemporaryFolder();
        foreach (var file in new[] { "alerts.yml", "prometheus.yml" })
            File.Copy(Path.Combine(OpsFolder(), file), folder.Combine(file));
        await File.WriteAllTextAsync(folder.Combine("balancer.key"), "key");

        var rules = await PrometheusServer.CheckAsync(null, "check", "rules", folder.Combine("alerts.yml"));
        var config = await PrometheusServer.CheckAsync(null, "check", "config", folder.Combine("prometheus.yml"));

        rules.Code.ShouldBe(0, rules.Text);
        config.Code.ShouldBe(0, config.Text);
    }

    // 7 sync tasks succeed and 2 are refused by the worker; 3 async ones succeed, and one is called off before it is
    // due.
    private static async Task RunTasksAsync(BalancerProcess balancer)
    {
        for (var i = 0; i < 7; i++)
        {
            using var answer = await balancer.PostTaskAsync("""{"name":"Andera"}""");
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        for (var i = 0; i < 2; i++)
        {
            using var answer = await balancer.PostTaskAsync("{}");
            answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        }

        for (var i = 0; i < 3; i++)
            await balancer.CallAsync(HttpMethod.Get, $"/task/{await SubmitAsync(balancer, "")}?wait=30s");
        var delayed = await SubmitAsync(balancer, ",\"delay\":600000");
        (await balancer.CallAsync(HttpMethod.Delete, $"/task/{delayed}")).Status.ShouldBe(200);
    }

    private static async Task<string> SubmitAsync(BalancerProcess balancer, string more)
    {
        var answer = await balancer.CallAsync(
            HttpMethod.Post, "/task",
            $$"""{"group":"hello","function":"hello","contract":1,"mode":"async","input":{"name":"Andera"}{{more}}}""");
        answer.Status.ShouldBe(202);
        return answer.Json.GetProperty("taskId").GetString()!;
    }

    private static async Task CheckSumsAsync(PrometheusServer prometheus, string job)
    {
        await Expect("sum(lb_tasks_submitted_total{JOB})", 13);
        await Expect("sum(lb_tasks_submitted_total{JOB,mode=\"async\"})", 4);
        await Expect("sum(lb_tasks_completed_total{JOB,state=\"succeeded\"})", 10);
        await Expect("sum(lb_tasks_completed_total{JOB,state=\"dead\"})", 2);
        await Expect("sum(lb_tasks_completed_total{JOB,state=\"cancelled\"})", 1);
        await Expect("sum(lb_task_attempts_total{JOB})", 12);
        await Expect("sum(lb_task_attempts_total{JOB,result=\"refused\"})", 2);
        await Expect("sum(lb_task_wait_seconds_count{JOB,group=\"hello\",function=\"hello\"})", 12);
        await Expect("sum(lb_task_run_seconds_count{JOB})", 12);
        await Expect("sum(lb_task_duration_seconds_count{JOB})", 13);
        await Expect("sum(lb_task_duration_seconds_bucket{JOB,le=\"+Inf\"})", 13);
        await Expect("sum(lb_worker_up{JOB})", 1);
        await Expect("sum(lb_store_up{JOB,store=\"sqlite\"})", 1);

        Task Expect(string expression, double value) => prometheus.WaitForAsync(
            expression.Replace("JOB", $"job=\"{job}\"", StringComparison.Ordinal), value);
    }

    private static string OpsFolder() => Path.Combine(Checkout.Root, "ops", "prometheus");
}
