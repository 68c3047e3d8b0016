using System.Diagnostics;

namespace ActorBalancer.Testing.Telemetry;

/// <summary>Listens to the balancer's spans of one trace, and leaves those of tests beside it alone.</summary>
public sealed class SpanRecorder : IDisposable
{
    private readonly List<Activity> _spans = [];
    private readonly SemaphoreSlim _ended = new(0);
    private readonly ActivityListener _listener;

    /// <summary>Begins to listen to a new trace.</summary>
    /// <param name="result">What becomes of its spans.</param>
    public SpanRecorder(ActivitySamplingResult result = ActivitySamplingResult.AllDataAndRecorded)
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "ActorBalancer",
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Parent.TraceId == TraceId ? result : ActivitySamplingResult.None,
            ActivityStopped = OnStopped,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>The trace.</summary>
    public ActivityTraceId TraceId { get; init; } = ActivityTraceId.CreateRandom();

    /// <summary>The span of the client that begins it.</summary>
    public ActivitySpanId ClientSpan { get; } = ActivitySpanId.CreateRandom();

    /// <summary>What the client sends as <c>traceparent</c>.</summary>
    public string TraceParent => $"00-{TraceId}-{ClientSpan}-01";

    /// <summary>Spans that have ended, in that order.</summary>
    public IReadOnlyList<Activity> Spans
    {
        get
        {
            lock (_spans)
                return [.. _spans];
        }
    }

    /// <summary>Waits until so many spans have ended.</summary>
    public async Task<IReadOnlyList<Activity>> WaitForAsync(int count)
    {
        while (Spans.Count < count)
        {
            if (!await _ended.WaitAsync(TestSignal.Guard))
                throw new TimeoutException($"Waited for {count} spans; there are: {this}");
        }

        return Spans;
    }

    public void Dispose()
    {
        _listener.Dispose();
        _ended.Dispose();
    }

    public override string ToString() => string.Join(", ", Spans.Select(static span => span.DisplayName));

    private void OnStopped(Activity span)
    {
        if (span.TraceId != TraceId)
            return;
        lock (_spans)
            _spans.Add(span);
        _ended.Release();
    }
}
