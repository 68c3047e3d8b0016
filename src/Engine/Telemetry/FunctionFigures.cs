using System.Diagnostics.Metrics;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Telemetry;

/// <summary>What was counted of one function of a group. Thread-safe, without a lock: usually one queue's actor
/// writes.</summary>
/// <param name="group">Value of the label.</param>
/// <param name="function">Value of the label.</param>
internal sealed class FunctionFigures(string group, string function)
{
    private static readonly int VerdictCount = Enum.GetValues<AttemptVerdict>().Length;

    private readonly KeyValuePair<string, object?>[] _tags = [new("group", group), new("function", function)];
    private readonly long[] _submitted = new long[Enum.GetValues<TaskMode>().Length];
    private readonly long[] _ended = new long[Enum.GetValues<TaskState>().Length];
    private readonly long[] _attempts = new long[VerdictCount];
    private readonly LatencyBuckets _wait = new();
    private readonly LatencyBuckets _run = new();
    private readonly LatencyBuckets _total = new();
    private long _begun;
    private long _retries;
    private long _revived;

    public string Group => group;

    public string Function => function;

    /// <summary>Attempts that began.</summary>
    public long Begun => Volatile.Read(ref _begun);

    /// <summary>Attempts that failed and were followed by another.</summary>
    public long Retries => Volatile.Read(ref _retries);

    /// <summary>Ended tasks that were brought back by hand.</summary>
    public long Revived => Volatile.Read(ref _revived);

    /// <summary>Where values are told to as well, for listeners that keep their own; null for nowhere.</summary>
    public TaskHistograms? Histograms { get; init; }

    public LatencyFigures Wait => _wait.Read();

    public LatencyFigures Run => _run.Read();

    public LatencyFigures Total => _total.Read();

    /// <summary>Tasks that were taken in.</summary>
    public long Submitted(TaskMode mode) => Volatile.Read(ref _submitted[(int)mode]);

    /// <summary>Tasks that ended so.</summary>
    public long Ended(TaskState state) => Volatile.Read(ref _ended[(int)state]);

    /// <summary>Attempts that ended so.</summary>
    public long Attempts(AttemptVerdict verdict) => Volatile.Read(ref _attempts[(int)verdict]);

    /// <summary>A task was taken in.</summary>
    public void CountIn(TaskMode mode) => Interlocked.Increment(ref _submitted[(int)mode]);

    /// <summary>An ended task was brought back by hand.</summary>
    public void CountRevived() => Interlocked.Increment(ref _revived);

    /// <summary>An attempt began.</summary>
    public void CountBegin() => Interlocked.Increment(ref _begun);

    /// <summary>An attempt failed, and another follows.</summary>
    public void CountRetry() => Interlocked.Increment(ref _retries);

    /// <summary>An attempt ended.</summary>
    /// <param name="verdict">How.</param>
    /// <param name="waitMilliseconds">From submission or due time to its start; null when that was counted before.
    /// </param>
    /// <param name="runMilliseconds">From its start until now.</param>
    public void CountAttempt(AttemptVerdict verdict, long? waitMilliseconds, long runMilliseconds)
    {
        Interlocked.Increment(ref _attempts[(int)verdict]);
        if (waitMilliseconds is { } wait)
            Record(_wait, Histograms?.Wait, wait);

        // No worker ran anything.
        if (verdict is not (AttemptVerdict.Busy or AttemptVerdict.Unreachable))
            Record(_run, Histograms?.Run, runMilliseconds);
    }

    /// <summary>A task ended.</summary>
    /// <param name="state">Its final state.</param>
    /// <param name="totalMilliseconds">From submission or due time; null for a task that had ended before.</param>
    public void CountEnd(TaskState state, long? totalMilliseconds)
    {
        Interlocked.Increment(ref _ended[(int)state]);
        if (totalMilliseconds is { } total)
            Record(_total, Histograms?.Total, total);
    }

    private void Record(LatencyBuckets buckets, Histogram<double>? listeners, long milliseconds)
    {
        buckets.Record(milliseconds);
        if (listeners is { Enabled: true })
            listeners.Record(Math.Max(0, milliseconds) / 1000.0, _tags);
    }
}
