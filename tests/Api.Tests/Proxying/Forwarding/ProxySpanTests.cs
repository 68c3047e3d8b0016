using System.Diagnostics;
using ActorBalancer.Engine.Telemetry;
using ActorBalancer.Testing.Telemetry;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Proxying.Forwarding;

/// <summary>The spans of proxied requests.</summary>
public sealed class ProxySpanTests
{
    [Theory]
    [InlineData("GET", "GET")]
    [InlineData("M-SEARCH", "_OTHER")]
    public async Task Request_SomebodyListens_HasASpanAndPassesTheTraceOnUntouched(string method, string shown)
    {
        using var recorder = new SpanRecorder();
        using var backend = RawBackend.Answering();
        await using var proxy = await ProxyHarness.StartAsync(backend);

        await proxy.AskAsync($"{method} / HTTP/1.1\r\nHost: a\r\ntraceparent: {recorder.TraceParent}\r\n\r\n");

        var span = (await recorder.WaitForAsync(1))[0];
        span.DisplayName.ShouldBe("proxy request");
        span.Kind.ShouldBe(ActivityKind.Server);
        span.ParentSpanId.ShouldBe(recorder.ClientSpan);
        span.GetTagItem(TracingTags.Method).ShouldBe(shown);
        span.GetTagItem(TracingTags.Pool).ShouldBe(proxy.Pool.Name);
        span.GetTagItem(TracingTags.Backend).ShouldBe(proxy.Pool.Backends[0].Id);
        span.GetTagItem(TracingTags.Status).ShouldBe(200);
        span.Status.ShouldBe(ActivityStatusCode.Unset);
        backend.Single.Header("traceparent").ShouldBe(recorder.TraceParent);
    }

    [Fact]
    public async Task Request_NoBackend_SpanSaysSo()
    {
        using var recorder = new SpanRecorder();
        await using var proxy = await ProxyHarness.StartAsync(null, RawBackend.Nobody());

        await proxy.AskAsync($"GET / HTTP/1.1\r\nHost: a\r\ntraceparent: {recorder.TraceParent}\r\n\r\n");

        var span = (await recorder.WaitForAsync(1))[0];
        span.Status.ShouldBe(ActivityStatusCode.Error);
        span.GetTagItem(TracingTags.ErrorType).ShouldBe(span.GetTagItem(TracingTags.Status)!.ToString());
    }
}
