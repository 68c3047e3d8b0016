namespace ActorBalancer.Engine.Telemetry;

/// <summary>Names of what the spans say. Those without <c>lb.</c> are OpenTelemetry's semantic conventions.</summary>
public static class TracingTags
{
    /// <summary>Always <see cref="SystemName"/>.</summary>
    public const string System = "messaging.system";

    /// <summary>The queue, <c>group/contract</c>.</summary>
    public const string Queue = "messaging.destination.name";

    /// <summary>The task's id.</summary>
    public const string MessageId = "messaging.message.id";

    /// <summary>Method of the request.</summary>
    public const string Method = "http.request.method";

    /// <summary>Pattern of the request's path.</summary>
    public const string Route = "http.route";

    /// <summary>Status of the answer; absent when there was none.</summary>
    public const string Status = "http.response.status_code";

    /// <summary>Host that was called.</summary>
    public const string Server = "server.address";

    /// <summary>Port that was called.</summary>
    public const string Port = "server.port";

    /// <summary>The status, or the outcome where there was none; absent without an error.</summary>
    public const string ErrorType = "error.type";

    /// <summary>The task's group.</summary>
    public const string Group = "lb.task.group";

    /// <summary>The task's contract.</summary>
    public const string Contract = "lb.task.contract";

    /// <summary>The task's function.</summary>
    public const string Function = "lb.task.function";

    /// <summary>Number of the attempt, from 1.</summary>
    public const string Attempt = "lb.task.attempt";

    /// <summary>How an attempt or a delivery ended.</summary>
    public const string Outcome = "lb.outcome";

    /// <summary>URL of the worker.</summary>
    public const string Worker = "lb.worker";

    /// <summary>Why it failed, in the balancer's own words.</summary>
    public const string Error = "lb.error";

    /// <summary>Number of the try of a webhook, from 1.</summary>
    public const string Try = "lb.webhook.try";

    /// <summary>Pool of a proxied request.</summary>
    public const string Pool = "lb.pool";

    /// <summary>Backend of a proxied request that was tried last.</summary>
    public const string Backend = "lb.backend";

    /// <summary>Value of <see cref="System"/>.</summary>
    public const string SystemName = "actorbalancer";
}
