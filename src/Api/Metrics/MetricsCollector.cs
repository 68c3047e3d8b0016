using System.Diagnostics.Metrics;
using ActorBalancer.Engine.Telemetry;

namespace ActorBalancer.Api.Metrics;

/// <summary>
/// Listens to the instruments of one balancer and of the runtime from the moment it is made, and reads them all on
/// demand. Thread-safe.
/// </summary>
internal sealed class MetricsCollector : IDisposable
{
    /// <summary>Beginning of the names of the balancer's own meters.</summary>
    public const string OwnMeters = "ActorBalancer.";

    private readonly object _scope;
    private readonly Func<IEnumerable<LatencyFamily>> _histograms;
    private readonly ILogger _log;
    private readonly MeterListener _listener = new();
    private readonly Lock _collecting = new();
    private readonly List<InstrumentSeries> _instruments = []; // guarded by itself

    /// <summary>Begins to listen.</summary>
    /// <param name="scope">Scope of the balancer's meters: others of the same process are not meant.</param>
    /// <param name="histograms">Histograms that their owners keep by themselves.</param>
    /// <param name="log">Where it is told that a figure could not be read.</param>
    public MetricsCollector(object scope, Func<IEnumerable<LatencyFamily>> histograms, ILogger log)
    {
        _scope = scope;
        _histograms = histograms;
        _log = log;
        _listener.InstrumentPublished = OnPublished;
        _listener.MeasurementsCompleted = OnCompleted;
        _listener.SetMeasurementEventCallback<byte>(static (_, value, tags, state) => Record(value, tags, state));
        _listener.SetMeasurementEventCallback<short>(static (_, value, tags, state) => Record(value, tags, state));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, state) => Record(value, tags, state));
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, state) => Record(value, tags, state));
        _listener.SetMeasurementEventCallback<float>(static (_, value, tags, state) => Record(value, tags, state));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, state) => Record(value, tags, state));
        _listener.SetMeasurementEventCallback<decimal>(
            static (_, value, tags, state) => Record((double)value, tags, state));
        _listener.Start();
    }

    /// <summary>All families by name with nothing in them, those too of which nothing was measured yet.</summary>
    public IReadOnlyList<MetricFamily> Describe() =>
    [
        .. Snapshot().Select(static one => new MetricFamily(one.Family, one.Kind, one.Instrument.Description ?? "", []))
            .Concat(_histograms().Select(static one => new MetricFamily(
                one.Name, MetricKind.Histogram, one.Description, [])))
            .DistinctBy(static family => family.Name)
            .OrderBy(static family => family.Name, StringComparer.Ordinal),
    ];

    /// <summary>All families by name, as they stand.</summary>
    public IReadOnlyList<MetricFamily> Collect()
    {
        lock (_collecting)
        {
            var instruments = Snapshot();
            foreach (var one in instruments)
                one.Begin();
            try
            {
                _listener.RecordObservableInstruments();
            }
            catch (AggregateException exception)
            {
                // The others were read.
                MetricsLog.ReadFailed(_log, exception.InnerExceptions[0]);
            }

            return Gather(instruments);
        }
    }

    public void Dispose() => _listener.Dispose();

    private List<MetricFamily> Gather(InstrumentSeries[] instruments)
    {
        var families = new List<MetricFamily>();
        foreach (var alike in instruments.GroupBy(static one => one.Family, StringComparer.Ordinal))
        {
            // Two of one name that are not of one kind cannot both be shown.
            var first = alike.First();
            var points = new List<MetricPoint>();
            foreach (var one in alike.Where(one => one.Kind == first.Kind))
                one.Read(points);
            if (points.Count > 0)
            {
                families.Add(new MetricFamily(
                    first.Family, first.Kind, first.Instrument.Description ?? "", Merge(points)));
            }
        }

        foreach (var histogram in _histograms())
        {
            var points = histogram.Series.Select(static series => new MetricPoint(
                MetricText.LabelsOf([.. series.Labels.Select(TagOf)]), 0, series.Figures)).ToList();
            if (points.Count > 0)
            {
                families.Add(new MetricFamily(
                    histogram.Name, MetricKind.Histogram, histogram.Description, Merge(points)));
            }
        }

        families.Sort(static (one, other) => string.CompareOrdinal(one.Name, other.Name));
        return families;
    }

    // Values that were cut may have become alike: what has the same labels is one series.
    private static List<MetricPoint> Merge(List<MetricPoint> points)
    {
        points.Sort(static (one, other) => string.CompareOrdinal(one.Labels, other.Labels));
        var merged = new List<MetricPoint>(points.Count);
        foreach (var point in points)
        {
            if (merged.Count > 0 && string.Equals(merged[^1].Labels, point.Labels, StringComparison.Ordinal))
                merged[^1] = Sum(merged[^1], point);
            else
                merged.Add(point);
        }

        return merged;
    }

    private static MetricPoint Sum(MetricPoint one, MetricPoint other) => one.Histogram is not { } histogram
        ? one with { Value = one.Value + other.Value }
        : one with
        {
            Histogram = histogram with
            {
                Counts = [.. histogram.Counts.Zip(other.Histogram!.Counts, static (left, right) => left + right)],
                SumSeconds = histogram.SumSeconds + other.Histogram.SumSeconds,
            },
        };

    private static KeyValuePair<string, object?> TagOf(KeyValuePair<string, string> label) =>
        new(label.Key, label.Value);

    private InstrumentSeries[] Snapshot()
    {
        lock (_instruments)
            return [.. _instruments];
    }

    private void OnPublished(Instrument instrument, MeterListener listener)
    {
        if (!IsWanted(instrument))
            return;
        var series = ForeignInstruments.Find(instrument) is var (family, kind)
            ? new InstrumentSeries(instrument, kind, family)
            : OwnSeries(instrument);
        lock (_instruments)
            _instruments.Add(series);
        listener.EnableMeasurementEvents(instrument, series);
    }

    private void OnCompleted(Instrument instrument, object? state)
    {
        lock (_instruments)
            _instruments.Remove((InstrumentSeries)state!);
    }

    private bool IsWanted(Instrument instrument)
    {
        var meter = instrument.Meter;
        if (meter.Name.StartsWith(OwnMeters, StringComparison.Ordinal))
            return (meter.Scope is null || ReferenceEquals(meter.Scope, _scope)) && !IsKeptByOwner(instrument);
        return ForeignInstruments.Find(instrument) is not null;
    }

    // Each value of a task told here as well would cost the task's path more than all else that is counted.
    private static bool IsKeptByOwner(Instrument instrument) =>
        instrument is Histogram<double> && instrument.Meter.Name == "ActorBalancer.Tasks";

    private static InstrumentSeries OwnSeries(Instrument instrument)
    {
        var kind = KindOf(instrument);
        return new InstrumentSeries(instrument, kind, MetricText.FamilyOf(instrument.Name, instrument.Unit, kind));
    }

    private static MetricKind KindOf(Instrument instrument)
    {
        var type = instrument.GetType();
        var name = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        return name == typeof(Counter<>) || name == typeof(ObservableCounter<>) ? MetricKind.Counter
            : name == typeof(Histogram<>) ? MetricKind.Histogram
            : MetricKind.Gauge;
    }

    private static void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state) =>
        ((InstrumentSeries)state!).Record(value, tags);
}
