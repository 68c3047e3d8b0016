using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Telemetry;
using Microsoft.Extensions.Logging;

namespace ActorBalancer.Engine.Webhooks;

/// <summary>What is logged of deliveries. Ids 500 to 599. No path, query, header, body or secret is named.</summary>
internal static partial class WebhookLog
{
    [LoggerMessage(500, LogLevel.Debug, "Webhook of task {Task}: delivered to {Host} at try {Try}")]
    public static partial void Delivered(ILogger logger, TaskMark task, string host, int @try);

    [LoggerMessage(501, LogLevel.Information,
        "Webhook of task {Task}: try {Try} at {Host} failed, {Error}; the next in {DelayMilliseconds} ms")]
    public static partial void TryFailed(
        ILogger logger, TaskMark task, string host, int @try, string? error, long delayMilliseconds);

    [LoggerMessage(502, LogLevel.Warning,
        "Webhook of task {Task}: given up after try {Try} at {Host}, {Error}; it can be sent again by hand")]
    public static partial void GivenUp(ILogger logger, TaskMark task, string host, int @try, string? error);

    [LoggerMessage(503, LogLevel.Error, "Webhook of task {Task}: the store cannot be read, {Fault}; tried again")]
    public static partial void ReadFailed(ILogger logger, TaskId task, string fault);

    [LoggerMessage(504, LogLevel.Error, "Webhook of task {Task}: its state cannot be written, {Fault}; tried again")]
    public static partial void SaveFailed(ILogger logger, TaskMark task, string fault);

    [LoggerMessage(505, LogLevel.Debug, "Webhook of task {Task}: nothing to deliver any more")]
    public static partial void NothingDue(ILogger logger, TaskId task);

    [LoggerMessage(506, LogLevel.Error, "Webhook of task {Task}: the call failed in itself")]
    public static partial void CallBroke(ILogger logger, Exception exception, TaskMark task);

    [LoggerMessage(507, LogLevel.Warning, "Deliveries cannot be given up, {Fault}; other nodes make them a minute later")]
    public static partial void NotLeft(ILogger logger, string fault);
}
