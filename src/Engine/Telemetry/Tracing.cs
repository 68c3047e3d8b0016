using System.Diagnostics;
using System.Globalization;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Telemetry;

/// <summary>Where the balancer's spans come from, and how a task's trace is named where none are made. Nothing is made
/// while nobody listens.</summary>
public static class Tracing
{
    /// <summary>Name of the source, for listeners.</summary>
    public const string SourceName = "ActorBalancer";

    // Of a traceparent: version (2), dash, trace (32), dash, span (16), dash, flags (2). W3C Trace Context, 3.2.
    private const int TraceIdAt = 3;
    private const int TraceIdLength = 32;
    private const int ParentLength = 55;

    /// <summary>Makes all spans of this process. Lives as long as it does.</summary>
    public static ActivitySource Source { get; } =
        new(SourceName, typeof(Tracing).Assembly.GetName().Version?.ToString(3));

    /// <summary>The trace of a task: that of its <c>traceparent</c>, or one of its own, which has the task's id.
    /// </summary>
    /// <param name="id">The task.</param>
    /// <param name="traceParent">A well-formed <c>traceparent</c>; null for none.</param>
    /// <returns>32 lower-case hexadecimal digits.</returns>
    public static string TraceIdOf(TaskId id, string? traceParent) => traceParent is { Length: >= ParentLength }
        ? traceParent.Substring(TraceIdAt, TraceIdLength)
        : id.ToString();

    /// <summary>The <c>traceparent</c> of a step of a task whose trace is its own: the task's id is the trace's.
    /// </summary>
    /// <param name="id">The task.</param>
    /// <param name="span">Number of the step, not 0: it is the span's id.</param>
    public static string ParentOf(TaskId id, ulong span) =>
        string.Create(ParentLength, (id, span), static (text, step) =>
        {
            "00-".CopyTo(text);
            step.id.Value.TryFormat(text[TraceIdAt..], out _, "N");
            text[35] = '-';
            step.span.TryFormat(text[36..], out _, "x16", CultureInfo.InvariantCulture);
            "-01".CopyTo(text[52..]);
        });

    /// <summary>What the spans of a task hang on: the span that took it in.</summary>
    /// <param name="id">The task.</param>
    /// <param name="traceParent">A well-formed <c>traceparent</c>; null for none.</param>
    /// <param name="traceState">Its <c>tracestate</c>; null for none.</param>
    /// <remarks>A task that was taken in while nobody listened has no such span: what is named then was never made, and
    /// says that it was not recorded, so that samplers that follow their parent make no spans of the task either.
    /// </remarks>
    public static ActivityContext ContextOf(TaskId id, string? traceParent, string? traceState)
    {
        if (traceParent is not null && TryParse(traceParent, traceState, out var context))
            return context;
        return new ActivityContext(
            ActivityTraceId.CreateFromString(id.ToString()),
            ActivitySpanId.CreateFromString(id.ToString().AsSpan(16)),
            ActivityTraceFlags.None,
            traceState: null,
            isRemote: true);
    }

    /// <summary>Reads a well-formed <c>traceparent</c>. Of a version that is not known yet, what version 00 has of it
    /// (W3C Trace Context, section 4.3).</summary>
    public static bool TryParse(string traceParent, string? traceState, out ActivityContext context)
    {
        ArgumentNullException.ThrowIfNull(traceParent);
        var known = traceParent.Length >= ParentLength && !traceParent.StartsWith("00", StringComparison.Ordinal)
            ? $"00{traceParent.AsSpan(2, ParentLength - 2)}"
            : traceParent;
        return ActivityContext.TryParse(known, traceState, isRemote: true, out context);
    }
}
