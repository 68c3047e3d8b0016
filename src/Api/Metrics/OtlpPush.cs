using System.Runtime.CompilerServices;
using ActorBalancer.Engine.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace ActorBalancer.Api.Metrics;

/// <summary>
/// Pushes figures and spans by OTLP when the environment names an endpoint. Everything about it is said by the standard
/// variables <c>OTEL_*</c>, which the libraries read themselves.
/// </summary>
internal sealed class OtlpPush : IDisposable
{
    /// <summary>How often the queues are counted: the libraries ask for them once a minute, or as they are told.
    /// </summary>
    private static readonly TimeSpan CountInterval = TimeSpan.FromSeconds(10);

    /// <summary>From the start to the first count: the engine needs a moment.</summary>
    private static readonly TimeSpan FirstCount = TimeSpan.FromSeconds(1);

    /// <summary>Longest wait for what is still on its way when the balancer ends.</summary>
    private const int FlushMilliseconds = 5000;

    private readonly MeterProvider? _metrics;
    private readonly TracerProvider? _traces;
    private readonly ITimer? _counting;

    private OtlpPush(
        Func<string, string?> environment, BalancerMeters meters, string version, string? node, TimeProvider time)
    {
        if (Wants(environment, "METRICS"))
        {
            _counting = time.CreateTimer(
                _ => _ = meters.Queues.RefreshAsync(CountInterval / 2), null, FirstCount, CountInterval);
            _metrics = Sdk.CreateMeterProviderBuilder()
                .ConfigureResource(Describe)
                .AddMeter($"{MetricsCollector.OwnMeters}*")
                .AddMeter(ForeignInstruments.RuntimeMeter, ForeignInstruments.ServerMeter)
                .AddView(static instrument => IsShown(instrument) ? null : MetricStreamConfiguration.Drop)
                .AddOtlpExporter()
                .Build();
        }

        if (Wants(environment, "TRACES"))
        {
            _traces = Sdk.CreateTracerProviderBuilder()
                .ConfigureResource(Describe)
                .AddSource(Tracing.SourceName)
                .AddOtlpExporter()
                .Build();
        }

        // The environment comes last, so that it counts.
        void Describe(ResourceBuilder resource) => resource.Clear()
            .AddService("actorbalancer", serviceVersion: version, serviceInstanceId: node)
            .AddTelemetrySdk()
            .AddEnvironmentVariableDetector();
    }

    /// <summary>Begins to push, if the environment asks for it; null otherwise, and nothing is loaded then.</summary>
    /// <param name="environment">Value of a variable of the environment; null when it is not set.</param>
    /// <param name="meters">The instruments that must be there; not disposed.</param>
    /// <param name="version">Version of the program.</param>
    /// <param name="node">Name of the node; null for a name by chance.</param>
    /// <param name="time">The clock.</param>
    public static IDisposable? Start(
        Func<string, string?> environment, BalancerMeters meters, string version, string? node, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(environment);
        var isDisabled = string.Equals(environment("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase);
        return isDisabled || !(Wants(environment, "METRICS") || Wants(environment, "TRACES"))
            ? null
            : Load(environment, meters, version, node, time);
    }

    public void Dispose()
    {
        _counting?.Dispose();
        _metrics?.Shutdown(FlushMilliseconds);
        _metrics?.Dispose();
        _traces?.Shutdown(FlushMilliseconds);
        _traces?.Dispose();
    }

    // Not inlined: the libraries are looked for when this is called, not before.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static OtlpPush Load(
        Func<string, string?> environment, BalancerMeters meters, string version, string? node, TimeProvider time) =>
        new(environment, meters, version, node, time);

    private static bool Wants(Func<string, string?> environment, string signal)
    {
        var exporter = environment($"OTEL_{signal}_EXPORTER");
        var isNone = string.Equals(exporter?.Trim(), "none", StringComparison.OrdinalIgnoreCase);
        return !isNone
            && (!string.IsNullOrWhiteSpace(environment("OTEL_EXPORTER_OTLP_ENDPOINT"))
                || !string.IsNullOrWhiteSpace(environment($"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT")));
    }

    private static bool IsShown(System.Diagnostics.Metrics.Instrument instrument) =>
        instrument.Meter.Name.StartsWith(MetricsCollector.OwnMeters, StringComparison.Ordinal)
        || ForeignInstruments.Find(instrument) is not null;
}
