using System.Diagnostics.Metrics;
using ActorBalancer.Engine.Proxying;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Proxying.PoolHarness;

namespace ActorBalancer.Engine.Tests.Proxying;

public sealed class ProxyMetricsTests
{
    [Fact]
    public async Task Meter_Read_ShowsTheBackendsOwnCounts()
    {
        // A name of its own, because other tests run proxies with the same meter at the same time.
        await using var harness = await StartAsync(Options(Of("a"), Of("b")) with { Name = "measured" }, "b");
        harness.Enter();
        await harness.SeeAsync("a", 2, AttemptKind.Answered, 204);
        await harness.SeeAsync("a", 1, AttemptKind.ConnectFailed);
        harness.Pool.TryTakeRetry();

        var seen = Read();

        seen["lb_backend_up,measured,a"].ShouldBe(1);
        seen["lb_backend_up,measured,b"].ShouldBe(0);
        seen["lb_backend_active,measured,a"].ShouldBe(1);
        seen["lb_backend_requests_total,measured,a,2xx"].ShouldBe(2);
        seen["lb_backend_requests_total,measured,a,5xx"].ShouldBe(0);
        seen["lb_backend_requests_total,measured,a,connect-failed"].ShouldBe(1);
        seen["lb_backend_ejections_total,measured,a"].ShouldBe(0);
        seen["lb_retries_total,measured"].ShouldBe(1);
        seen["lb_sticky_moves_total,measured"].ShouldBe(0);
    }

    private static Dictionary<string, long> Read()
    {
        var seen = new Dictionary<string, long>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, reader) =>
        {
            if (instrument.Meter.Name == "ActorBalancer.Proxy")
                reader.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            seen[string.Join(',', [instrument.Name, .. tags.ToArray().Select(tag => (string)tag.Value!)])] = value);
        listener.Start();
        listener.RecordObservableInstruments();
        return seen;
    }
}
