using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Telemetry;

/// <summary>
/// Everything that is counted of tasks at this node, by group and function. Thread-safe, without a lock that all tasks
/// share.
/// </summary>
/// <remarks>
/// F1: a task is counted in once, by the node that took it from its sender, when it is in the store; a repetition under
/// an idempotency key and a task found after a restart are not.
/// F2: an attempt is counted once, by the node that ran it, when it is judged; its wait with the first of a task that
/// reached a worker.
/// F3: an end is counted once, by the node that ended the task; in a cluster when the store has said that it did.
/// F4: a task that is brought back by hand is counted as that, and its new end as an end, without a duration.
/// </remarks>
internal sealed class TaskFigures : IDisposable
{
    /// <summary>Most pairs of group and function with figures of their own. Source: ours; a worker that renames its
    /// functions for ever must not eat the memory, and a monitor chokes on more.</summary>
    public const int PairsMax = 1000;

    /// <summary>Group and function of all others.</summary>
    public const string Other = "other";

    private static readonly int KindCount = Enum.GetValues<TaskOutcomeKind>().Length;

    private readonly ConcurrentDictionary<(string Group, string Function), FunctionFigures> _pairs = new();
    private readonly Meter _meter;
    private readonly TaskHistograms _histograms;
    private readonly FunctionFigures _others;
    private readonly long[] _refusals = new long[KindCount];
    private readonly long[] _deliveries = new long[Enum.GetValues<DeliveryVerdict>().Length];
    private int _pairCount;

    /// <param name="meter">Carries the histograms for listeners; disposed with this.</param>
    public TaskFigures(Meter meter)
    {
        _meter = meter;
        var advice = new InstrumentAdvice<double> { HistogramBucketBoundaries = LatencyBuckets.BoundsSeconds };
        _histograms = new TaskHistograms(
            meter.CreateHistogram(
                TaskMetricNames.Wait, "s", "From submission, or due time, to the start of the first attempt.",
                null, advice),
            meter.CreateHistogram(
                TaskMetricNames.Run, "s", "From the start of an attempt to its end.", null, advice),
            meter.CreateHistogram(
                TaskMetricNames.Total, "s", "From submission, or due time, to the end of the task.", null, advice));
        _others = new FunctionFigures(Other, Other) { Histograms = _histograms };
    }

    /// <summary>The histograms as instruments.</summary>
    public TaskHistograms Instruments => _histograms;

    /// <summary>All pairs, those that share the last one included.</summary>
    public IEnumerable<FunctionFigures> All =>
        Volatile.Read(ref _pairCount) < PairsMax ? _pairs.Values : _pairs.Values.Append(_others);

    /// <summary>The figures of a pair; those beyond <see cref="PairsMax"/> share one.</summary>
    public FunctionFigures Of(string group, string function)
    {
        if (_pairs.TryGetValue((group, function), out var found))
            return found;
        if (Volatile.Read(ref _pairCount) >= PairsMax || Interlocked.Increment(ref _pairCount) > PairsMax)
            return _others;
        var made = new FunctionFigures(group, function) { Histograms = _histograms };
        var kept = _pairs.GetOrAdd((group, function), made);
        if (!ReferenceEquals(made, kept))
            Interlocked.Decrement(ref _pairCount);
        return kept;
    }

    /// <summary>A task was taken from its sender and is in the store.</summary>
    public void CountIn(QueuedTask task) => CountIn(Of(task.Queue.Group, task.Function), task);

    /// <summary>The same with figures that were found before.</summary>
    public static void CountIn(FunctionFigures figures, QueuedTask task)
    {
        if (task.WasArchived)
            figures.CountRevived();
        else
            figures.CountIn(task.Options.Mode);
    }

    /// <summary>A task was ended.</summary>
    /// <param name="task">The task.</param>
    /// <param name="state">Its final state.</param>
    /// <param name="now">When, in Unix milliseconds.</param>
    public void CountEnd(QueuedTask task, TaskState state, long now) =>
        Of(task.Queue.Group, task.Function).CountEnd(state, TotalOf(task, now));

    /// <summary>The same by what is kept of the task.</summary>
    public void CountEnd(TaskSnapshot task, TaskOptions options, TaskState state, long now) =>
        Of(task.Queue.Group, task.Function).CountEnd(
            state, options.AttemptsBefore > 0 ? null : now - BeginOf(task.CreatedAtMilliseconds, options));

    /// <summary>Milliseconds since a task was submitted or due; null for one that was brought back by hand.</summary>
    public static long? TotalOf(QueuedTask task, long now) => task.WasArchived || task.Options.AttemptsBefore > 0
        ? null
        : now - BeginOf(task.CreatedAtMilliseconds, task.Options);

    /// <summary>A sender was told that its task is not taken.</summary>
    public void CountRefusal(TaskOutcomeKind reason) => Interlocked.Increment(ref _refusals[(int)reason]);

    /// <summary>Tasks that were not taken, for that reason.</summary>
    public long Refusals(TaskOutcomeKind reason) => Volatile.Read(ref _refusals[(int)reason]);

    /// <summary>A webhook was called.</summary>
    public void CountDelivery(DeliveryVerdict verdict) => Interlocked.Increment(ref _deliveries[(int)verdict]);

    /// <summary>Calls of webhooks that ended so.</summary>
    public long Deliveries(DeliveryVerdict verdict) => Volatile.Read(ref _deliveries[(int)verdict]);

    /// <summary>All of it added up.</summary>
    /// <param name="running">Attempts that run.</param>
    public EngineFigures Read(long running)
    {
        var all = All.ToArray();
        return new EngineFigures
        {
            Submitted = all.Sum(static one => Enum.GetValues<TaskMode>().Sum(one.Submitted)),
            Succeeded = all.Sum(static one => one.Ended(TaskState.Succeeded)),
            Dead = all.Sum(static one => one.Ended(TaskState.Dead)),
            Cancelled = all.Sum(static one => one.Ended(TaskState.Cancelled)),
            Expired = all.Sum(static one => one.Ended(TaskState.Expired)),
            Attempts = all.Sum(static one => one.Begun),
            Retries = all.Sum(static one => one.Retries),
            Running = running,
            Wait = LatencyBuckets.Sum(all.Select(static one => one.Wait)),
            Run = LatencyBuckets.Sum(all.Select(static one => one.Run)),
            Total = LatencyBuckets.Sum(all.Select(static one => one.Total)),
        };
    }

    public void Dispose() => _meter.Dispose();

    private static long BeginOf(long createdAt, TaskOptions options) => Math.Max(createdAt, options.RunAtMilliseconds);
}
