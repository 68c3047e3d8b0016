using ActorBalancer.Api.Metrics;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Metrics;

public sealed class MetricsFormatTests
{
    [Theory]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData("*/*", false)]
    [InlineData("text/plain", false)]
    [InlineData("no media type", false)]
    [InlineData("application/openmetrics-text", true)]
    [InlineData("application/openmetrics-text; version=1.0.0", true)]
    [InlineData("application/openmetrics-text; version=\"1.0.0\"; charset=utf-8", true)]
    [InlineData("application/openmetrics-text; version=0.0.1", false)]
    [InlineData("application/openmetrics-text;q=0", false)]
    [InlineData("application/openmetrics-text;q=0.4, text/plain;q=0.5", false)]
    [InlineData("application/openmetrics-text;q=0.5, text/plain;q=0.4", true)]
    [InlineData("application/openmetrics-text;q=0.5, */*;q=0.9", false)]
    [InlineData("text/plain;version=1.0.0, application/openmetrics-text;q=0.1", true)]
    [InlineData("application/*;q=0.3, text/*;q=0.2", true)]
    [InlineData(
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
        + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", true)] // Prometheus 2.42
    [InlineData(
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
        + "text/plain;version=0.0.4;q=0.4,*/*;q=0.1", true)]
    public void Choose_Accept_IsWhatTheClientLikesBest(string? accept, bool isOpenMetrics) =>
        MetricsFormat.Choose(accept).IsOpenMetrics.ShouldBe(isOpenMetrics);
}
