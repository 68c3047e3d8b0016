using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace ActorBalancer.Api.Metrics;

/// <summary>All series of one instrument. Thread-safe.</summary>
internal sealed class InstrumentSeries
{
    /// <summary>Series of one instrument; measurements of any more share one, whose labels are all
    /// <see cref="Other"/>. Source: ours, twice what a busy fleet has; the worst case of tasks is 4,000.</summary>
    public const int SeriesMax = 10_000;

    /// <summary>Value of the labels of what has no series of its own.</summary>
    public const string Other = "other";

    /// <summary>Bounds of histograms whose instrument names none. Source: Prometheus' own clients.</summary>
    private static readonly double[] UsualBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly ConcurrentDictionary<TagSet, SeriesCell> _cells = new();
    private readonly double[]? _bounds;
    private readonly bool _isSet;
    private int _count;

    /// <param name="instrument">Where values come from.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="family">Name of the family.</param>
    public InstrumentSeries(Instrument instrument, MetricKind kind, string family)
    {
        Instrument = instrument;
        Kind = kind;
        Family = family;
        _isSet = instrument is Gauge<long> or Gauge<int> or Gauge<double>;
        if (kind == MetricKind.Histogram)
            _bounds = BoundsOf(instrument);
    }

    public Instrument Instrument { get; }

    public MetricKind Kind { get; }

    /// <summary>Name of the family.</summary>
    public string Family { get; }

    /// <summary>A value was measured. What is measured twice under the same labels when it is asked for adds up.
    /// </summary>
    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var cell = Find(tags);
        if (_bounds is not null)
            cell.Record(value);
        else if (_isSet)
            cell.Set(value);
        else
            cell.Add(value);
    }

    /// <summary>What is measured when it is asked for begins anew.</summary>
    public void Begin()
    {
        if (!Instrument.IsObservable)
            return;
        _cells.Clear();
        Volatile.Write(ref _count, 0);
    }

    /// <summary>Adds all series as they stand.</summary>
    public void Read(List<MetricPoint> points)
    {
        foreach (var (tags, cell) in _cells)
            points.Add(cell.Read(MetricText.LabelsOf(tags.Tags)));
    }

    private SeriesCell Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var key = new TagSet(tags);
        if (_cells.TryGetValue(key, out var cell))
            return cell;
        if (Volatile.Read(ref _count) >= SeriesMax || Interlocked.Increment(ref _count) > SeriesMax)
            key = OthersOf(tags);
        return _cells.GetOrAdd(key, static (_, bounds) => new SeriesCell(bounds), _bounds);
    }

    private static TagSet OthersOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var others = new KeyValuePair<string, object?>[tags.Length];
        for (var i = 0; i < tags.Length; i++)
            others[i] = new(tags[i].Key, Other);
        return new TagSet(others);
    }

    private static double[] BoundsOf(Instrument instrument) => instrument switch
    {
        Histogram<double> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds],
        Histogram<long> { Advice.HistogramBucketBoundaries: { } whole } => [.. whole.Select(static one => (double)one)],
        Histogram<int> { Advice.HistogramBucketBoundaries: { } whole } => [.. whole.Select(static one => (double)one)],
        _ => UsualBounds,
    };
}
