using System.Net;
using ActorBalancer.EndToEnd.Balancer;
using ActorBalancer.EndToEnd.HelloWorker;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.EndToEnd.Metrics;

/// <summary>Figures and spans that a real balancer pushes.</summary>
public sealed class OtlpTests
{
    private const string Library = "OpenTelemetry";

    [Fact]
    public async Task Push_EndpointIsNamed_FiguresAndSpansCome()
    {
        using var folder = new TemporaryFolder();
        using var receiver = new OtlpReceiver();
        await using var worker = await HelloWorkerProcess.StartAsync(folder, "one");
        await using var balancer = await BalancerProcess.StartAsync(
            folder, [worker.Url],
            ("OTEL_EXPORTER_OTLP_ENDPOINT", $"http://127.0.0.1:{receiver.Port}"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=night"),
            ("OTEL_SERVICE_NAME", "night-shift"),
            ("OTEL_RESOURCE_ATTRIBUTES", "site=cellar"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "300"),
            ("OTEL_BSP_SCHEDULE_DELAY", "100"));
        await balancer.WaitForWorkersAsync(1);

        using var answer = await balancer.PostTaskAsync("""{"name":"Andera"}""");
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);

        await receiver.WaitForAsync("/v1/metrics", "lb_tasks_submitted_total");
        await receiver.WaitForAsync("/v1/metrics", "lb_task_wait_seconds");
        await receiver.WaitForAsync("/v1/metrics", "lb_task_queue_depth");
        await receiver.WaitForAsync("/v1/metrics", "night-shift");
        await receiver.WaitForAsync("/v1/metrics", "cellar");
        await receiver.WaitForAsync("/v1/traces", "ActorBalancer");
        receiver.Headers!["x-tenant"].ShouldBe("night");
        IsLoaded(balancer).ShouldBeTrue();
        balancer.Process.Output.ShouldNotContain("OTEL_");
    }

    [Theory]
    [InlineData("OTEL_SERVICE_NAME", "alone", "")]
    [InlineData("OTEL_SDK_DISABLED", "true", "http://127.0.0.1:9")]
    public async Task Push_NotAskedFor_LoadsNothing(string name, string value, string endpoint)
    {
        using var folder = new TemporaryFolder();
        await using var balancer = await BalancerProcess.StartAsync(
            folder, [], (name, value), ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint));

        (await balancer.CallAsync(HttpMethod.Get, "/metrics")).Status.ShouldBe(200);

        IsLoaded(balancer).ShouldBeFalse();
    }

    private static bool IsLoaded(BalancerProcess balancer) => File.ReadLines($"/proc/{balancer.Process.Id}/maps")
        .Any(static line => line.Contains(Library, StringComparison.Ordinal));
}
