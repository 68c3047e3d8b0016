using System.Text.RegularExpressions;
using ActorBalancer.Api.Tests.Hosting;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Metrics;

/// <summary><c>GET /metrics</c> of a whole balancer.</summary>
public sealed partial class MetricsRoutesTests
{
    private static readonly (string, string) Bearer = ("Authorization", "Bearer " + SurfaceHarness.Key);

    [Fact]
    public async Task Metrics_WithoutTheKey_AreNotShown()
    {
        await using var balancer = await SurfaceHarness.StartAsync();

        var answer = await balancer.SendAsync("GET", "/metrics");

        answer.Status.ShouldBe(401);
        answer.Text.ShouldNotContain("lb_build_info");
    }

    [Fact]
    public async Task Metrics_AnyClient_GetsTheTextFormat()
    {
        await using var balancer = await SurfaceHarness.StartAsync();

        var answer = await balancer.SendAsync("GET", "/metrics", Bearer);

        answer.Status.ShouldBe(200);
        answer.Header("Content-Type").ShouldBe("text/plain; version=0.0.4; charset=utf-8");
        answer.Header("Cache-Control").ShouldBe("no-store");
        answer.Text.ShouldContain("\nlb_store_up{store=\"memory\"} 1\n");
        answer.Text.ShouldContain("\nlb_draining 0\n");
        answer.Text.ShouldContain("\n# TYPE dotnet_thread_pool_queue_length gauge\n");
        answer.Text.ShouldNotContain("# EOF");
    }

    [Fact]
    public async Task Metrics_FileOfWorkersWasRead_SaySo()
    {
        const string Read = "\nlb_config_last_reload_success{file=\"workers\"} 1\n";
        await using var balancer = await SurfaceHarness.StartAsync();
        using var guard = new CancellationTokenSource(TestSignal.Guard);

        // An actor reads the file; the balancer serves before that.
        while (!(await balancer.SendAsync("GET", "/metrics", Bearer)).Text.Contains(Read, StringComparison.Ordinal))
            guard.Token.ThrowIfCancellationRequested();
    }

    [Fact]
    public async Task Metrics_ClientLikesOpenMetrics_GetsThem()
    {
        await using var balancer = await SurfaceHarness.StartAsync();

        var answer = await balancer.SendAsync(
            "GET", "/metrics", Bearer, ("Accept", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"));

        answer.Header("Content-Type").ShouldBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
        answer.Header("Vary").ShouldBe("Accept");
        answer.Text.ShouldEndWith("\n# EOF\n");
        answer.Text.ShouldContain("\n# TYPE lb_intake_refused counter\n");
    }

    [Fact]
    public async Task Metrics_EveryFamily_IsDescribedOnce()
    {
        await using var balancer = await SurfaceHarness.StartAsync();

        var answer = await balancer.SendAsync("GET", "/metrics", Bearer);

        var families = TypeLine().Matches(answer.Text).Select(static line => line.Groups["name"].Value).ToArray();
        families.ShouldBeUnique();
        families.ShouldBe(families.Order(StringComparer.Ordinal));
        var series = answer.Text.Split('\n').Where(static line => line.Length > 0 && line[0] != '#')
            .Select(static line => line[..line.LastIndexOf(' ')]).ToArray();
        series.ShouldBeUnique();
    }

    [Fact]
    public async Task Metrics_TaskThatNobodyServes_IsCountedByItsCode()
    {
        await using var balancer = await SurfaceHarness.StartAsync();
        var refused = await balancer.SendBodyAsync(
            "POST", "/task", "application/json",
            """{"group":"nobody","function":"f","contract":1,"input":{}}""", Bearer, ("x-wr-auth", "w"));
        refused.Status.ShouldBe(503);

        var answer = await balancer.SendAsync("GET", "/metrics", Bearer);

        answer.Text.ShouldContain("\nlb_intake_refused_total{code=\"no_worker\"} 1\n");
        answer.Text.ShouldNotContain("nobody");
    }

    [Fact]
    public async Task Metrics_Head_HasNoBody()
    {
        await using var balancer = await SurfaceHarness.StartAsync();

        var answer = await balancer.SendAsync("HEAD", "/metrics", Bearer);

        answer.Status.ShouldBe(200);
        answer.Body.ShouldBeEmpty();
    }

    [GeneratedRegex("^# TYPE (?<name>[a-z_0-9]+) ", RegexOptions.Multiline)]
    private static partial Regex TypeLine();
}
