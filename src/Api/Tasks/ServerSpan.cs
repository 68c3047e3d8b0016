using System.Diagnostics;
using System.Globalization;
using ActorBalancer.Engine.Telemetry;

namespace ActorBalancer.Api.Tasks;

/// <summary>The span of a request about tasks, from its head to its answer: what the task's other spans hang on. Made
/// only while somebody listens.</summary>
internal static class ServerSpan
{
    /// <summary>The <c>traceparent</c> of the running request's span; null when it has none.</summary>
    public static string? CurrentParent =>
        Tracing.Source.HasListeners() && Activity.Current is { } span && ReferenceEquals(span.Source, Tracing.Source)
            ? span.Id
            : null;

    /// <summary>Puts a span around what answers a route.</summary>
    /// <param name="method">The method that is traced; others are not.</param>
    /// <param name="route">The route's pattern.</param>
    /// <param name="handler">Answers.</param>
    public static RequestDelegate Around(string method, string route, RequestDelegate handler)
    {
        var name = $"{method} {route}";
        return context => Tracing.Source.HasListeners() && context.Request.Method == method
            ? TraceAsync(name, method, route, handler, context)
            : handler(context);
    }

    private static async Task TraceAsync(
        string name, string method, string route, RequestDelegate handler, HttpContext context)
    {
        var headers = context.Request.Headers;
        ActivityContext parent = default;
        if (TraceContext.TakeParent(headers.TraceParent) is { } given)
            _ = Tracing.TryParse(given, TaskWishes.TakeTraceState(headers.TraceState), out parent);
        else
            Activity.Current = null; // the web framework's own would become the parent
        using var span = Tracing.Source.StartActivity(name, ActivityKind.Server, parent);
        if (span is null)
        {
            await handler(context);
            return;
        }

        span.SetTag(TracingTags.Method, method);
        span.SetTag(TracingTags.Route, route);
        try
        {
            await handler(context);
            Judge(span, context.Response);
        }
        catch (Exception exception)
        {
            // Its words may repeat what the request said.
            span.SetTag(TracingTags.ErrorType, exception.GetType().FullName);
            span.SetStatus(ActivityStatusCode.Error);
            throw;
        }
    }

    private static void Judge(Activity span, HttpResponse response)
    {
        var status = response.StatusCode;
        span.SetTag(TracingTags.Status, status);
        if (response.Headers.TryGetValue(TaskAnswer.TaskIdName, out var id))
            span.SetTag(TracingTags.MessageId, id.ToString());
        if (status < StatusCodes.Status500InternalServerError)
            return;
        span.SetTag(TracingTags.ErrorType, status.ToString(CultureInfo.InvariantCulture));
        span.SetStatus(ActivityStatusCode.Error);
    }
}
