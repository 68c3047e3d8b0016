using System.Diagnostics.Metrics;
using ActorBalancer.Engine.Telemetry;

namespace ActorBalancer.Engine.Proxying;

/// <summary>
/// The figures of all pools as instruments of the meter <c>ActorBalancer.Proxy</c>. They are read from the backends'
/// own counters when somebody asks; requests know nothing of them. Thread-safe.
/// </summary>
internal sealed class ProxyMetrics : IDisposable
{
    private static readonly (AttemptKind Kind, string Code)[] FailureCodes =
    [
        (AttemptKind.ConnectFailed, "connect-failed"), (AttemptKind.NoAnswer, "no-answer"),
        (AttemptKind.TimedOut, "timed-out"), (AttemptKind.BadAnswer, "bad-answer"),
        (AttemptKind.ClientGone, "client-gone"),
    ];

    private static readonly string[] AnswerCodes = ["1xx", "2xx", "3xx", "4xx", "5xx"];

    private readonly Meter _meter;
    private readonly ProxyContext _proxy;

    public ProxyMetrics(ProxyContext proxy, object scope)
    {
        _proxy = proxy;
        _meter = new Meter(new MeterOptions("ActorBalancer.Proxy") { Scope = scope });
        _meter.CreateObservableGauge(
            "lb_backend_up", () => OfBackends(static one => one.Standing.IsHealthy ? 1 : 0),
            description: "1 while checks call the backend up, else 0.");
        _meter.CreateObservableGauge(
            "lb_backend_active", () => OfBackends(static one => one.ActiveCount),
            description: "Requests that run on the backend, upgraded connections included.");
        _meter.CreateObservableCounter(
            "lb_backend_requests_total", Requests,
            description: "Attempts by class of the answer or kind of the failure.");
        _meter.CreateObservableCounter(
            "lb_backend_ejections_total", () => OfBackends(static one => one.Meter.Ejections),
            description: "How often real traffic took the backend out.");
        _meter.CreateObservableCounter(
            "lb_retries_total", () => OfPools(static one => one.RetryCount),
            description: "Requests that were tried on another backend.");
        _meter.CreateObservableCounter(
            "lb_sticky_moves_total", () => OfPools(static one => one.MoveCount),
            description: "Requests that could not go where their cookie wanted.");
    }

    /// <summary>The histogram that the backends keep by themselves.</summary>
    public LatencyFamily Latencies => new(
        "lb_backend_request_duration_seconds",
        "From the request to the head of the backend's answer.",
        [.. All().Select(static one => new LatencySeries(
            [new("pool", one.Pool.Name), new("backend", one.Backend.Id)], FiguresOf(one.Backend.ReadCounts())))]);

    public void Dispose() => _meter.Dispose();

    private List<Measurement<long>> OfPools(Func<ProxyPool, long> read) =>
        [.. _proxy.Pools.Select(pool => new Measurement<long>(read(pool), Tag("pool", pool.Name)))];

    private List<Measurement<long>> OfBackends(Func<Backend, long> read) =>
    [
        .. All().Select(one => new Measurement<long>(
            read(one.Backend), Tag("pool", one.Pool.Name), Tag("backend", one.Backend.Id))),
    ];

    private List<Measurement<long>> Requests()
    {
        var measured = new List<Measurement<long>>();
        foreach (var (pool, backend) in All())
        {
            var counts = backend.ReadCounts();
            for (var index = 0; index < AnswerCodes.Length; index++)
                Add(AnswerCodes[index], counts.Answers[index]);
            foreach (var (kind, code) in FailureCodes)
                Add(code, counts.Failures[kind]);

            void Add(string code, long count) => measured.Add(new Measurement<long>(
                count, Tag("pool", pool.Name), Tag("backend", backend.Id), Tag("code", code)));
        }

        return measured;
    }

    // A backend that drains beside its successor of the same identity has no series of its own.
    private IEnumerable<(ProxyPool Pool, Backend Backend)> All() =>
        _proxy.Pools.SelectMany(static pool => pool.Backends.Select(backend => (pool, backend)));

    private static LatencyFigures FiguresOf(BackendCounts counts) =>
        new(BackendCounts.LatencyBounds, counts.Latencies, counts.LatencySum.TotalSeconds);

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
