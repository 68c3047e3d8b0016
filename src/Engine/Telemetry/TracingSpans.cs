using System.Diagnostics;
using System.Globalization;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Webhooks;
using ActorBalancer.Engine.Workers;

namespace ActorBalancer.Engine.Telemetry;

/// <summary>Makes the spans of tasks. Callers ask <see cref="ActivitySource.HasListeners"/> first where making the
/// arguments costs something.</summary>
internal static class TracingSpans
{
    /// <summary>Name of the span of a wait.</summary>
    public const string QueueName = "task queue";

    /// <summary>Name of the span of an attempt.</summary>
    public const string AttemptName = "task attempt";

    /// <summary>Name of the span of one call of a webhook.</summary>
    public const string DeliveryName = "webhook delivery";

    /// <summary>The span of a wait that is over.</summary>
    /// <param name="task">The task, just leased.</param>
    /// <param name="since">Begin in Unix milliseconds.</param>
    /// <param name="until">End in Unix milliseconds, not before the begin.</param>
    public static void Waited(QueuedTask task, long since, long until)
    {
        using var span = Start(
            QueueName, ActivityKind.Internal, task.Id, task.TraceParent, task.Options.TraceState,
            DateTimeOffset.FromUnixTimeMilliseconds(since));
        if (span is null)
            return;
        Describe(span, task);
        span.SetTag(TracingTags.Attempt, task.Attempt);
        span.SetEndTime(DateTimeOffset.FromUnixTimeMilliseconds(Math.Max(since, until)).UtcDateTime);
    }

    /// <summary>Begins the span of an attempt.</summary>
    /// <returns>Null when nobody listens, or wants this one.</returns>
    public static Activity? StartAttempt(QueuedTask task, in TaskLease lease, WorkerTarget target, TimeProvider time)
    {
        if (!Tracing.Source.HasListeners())
            return null;
        var span = Start(
            AttemptName, ActivityKind.Client, task.Id, task.TraceParent, task.Options.TraceState, time.GetUtcNow());
        if (span is null)
            return null;
        Describe(span, task);
        span.SetTag(TracingTags.Attempt, lease.Attempt);
        span.SetTag(TracingTags.Worker, target.Id);
        Describe(span, target.TaskUri);
        return span;
    }

    /// <summary>Ends the span of an attempt.</summary>
    public static void EndAttempt(Activity span, in AttemptResult result, TimeProvider time)
    {
        var outcome = result.Kind switch
        {
            AttemptKind.Succeeded => "succeeded",
            AttemptKind.Refused => "refused",
            AttemptKind.Busy => "busy",
            AttemptKind.Unreachable => "unreachable",
            AttemptKind.Cancelled => "cancelled",
            AttemptKind.Abandoned => "abandoned",
            AttemptKind.Lost => "lost",
            _ => "failed",
        };

        // What a worker says of a failure may repeat the task's input: the client gets it, a trace does not.
        var error = result.Kind == AttemptKind.Succeeded ? null
            : result.Status > 0 ? $"it answered {result.Status}"
            : result.Error;
        End(span, outcome, result.Status, error, time);
    }

    /// <summary>Begins the span of one call of a webhook.</summary>
    /// <param name="task">The ended task.</param>
    /// <param name="uri">Where to; only host and port are told.</param>
    /// <param name="number">Number of the try, from 1.</param>
    /// <param name="time">The clock.</param>
    /// <returns>Null when nobody listens, or wants this one.</returns>
    public static Activity? StartDelivery(ArchivedTask task, Uri uri, int number, TimeProvider time)
    {
        if (!Tracing.Source.HasListeners())
            return null;
        var span = Start(
            DeliveryName, ActivityKind.Client, task.Snapshot.Id, task.TraceParent, task.Options.TraceState,
            time.GetUtcNow());
        if (span is null)
            return null;
        Describe(span, task.Snapshot.Id, task.Snapshot.Queue, task.Snapshot.Function);
        span.SetTag(TracingTags.Try, number);
        Describe(span, uri);
        return span;
    }

    /// <summary>Ends the span of one call of a webhook.</summary>
    public static void EndDelivery(Activity span, in WebhookResult result, TimeProvider time)
    {
        var outcome = result.Kind switch
        {
            WebhookResultKind.Done => "delivered",
            WebhookResultKind.Gone => "gone",
            WebhookResultKind.Wait => "wait",
            _ => "failed",
        };
        End(span, outcome, result.Status, result.Error, time);
    }

    /// <summary>Says of the request that runs now, if it has a span, which task's trace it goes on with.</summary>
    public static void LinkToTask(ArchivedTask task)
    {
        if (Tracing.Source.HasListeners() && Activity.Current is { } span
            && ReferenceEquals(span.Source, Tracing.Source))
        {
            span.AddLink(new ActivityLink(
                Tracing.ContextOf(task.Snapshot.Id, task.TraceParent, task.Options.TraceState)));
        }
    }

    private static Activity? Start(
        string name, ActivityKind kind, TaskId id, string? parent, string? state, DateTimeOffset begin) =>
        Tracing.Source.HasListeners()
            ? Tracing.Source.StartActivity(name, kind, Tracing.ContextOf(id, parent, state), startTime: begin)
            : null;

    private static void Describe(Activity span, QueuedTask task) =>
        Describe(span, task.Id, task.Queue, task.Function);

    private static void Describe(Activity span, TaskId id, QueueKey queue, string function)
    {
        span.SetTag(TracingTags.System, TracingTags.SystemName);
        span.SetTag(TracingTags.Queue, queue.ToString());
        span.SetTag(TracingTags.MessageId, id.ToString());
        span.SetTag(TracingTags.Group, queue.Group);
        span.SetTag(TracingTags.Contract, queue.Contract);
        span.SetTag(TracingTags.Function, function);
    }

    private static void Describe(Activity span, Uri uri)
    {
        span.SetTag(TracingTags.Method, "POST");
        span.SetTag(TracingTags.Server, uri.IdnHost);
        span.SetTag(TracingTags.Port, uri.Port);
    }

    private static void End(Activity span, string outcome, int status, string? error, TimeProvider time)
    {
        span.SetTag(TracingTags.Outcome, outcome);
        if (status > 0)
            span.SetTag(TracingTags.Status, status);
        if (error is not null)
        {
            span.SetTag(TracingTags.Error, error);
            span.SetTag(TracingTags.ErrorType, status > 0 ? status.ToString(CultureInfo.InvariantCulture) : outcome);
            span.SetStatus(ActivityStatusCode.Error, error);
        }

        span.SetEndTime(time.GetUtcNow().UtcDateTime);
        span.Dispose();
    }
}
