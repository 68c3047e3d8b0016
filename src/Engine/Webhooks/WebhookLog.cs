using ActorBalancer.Engine.Tasks;
using Microsoft.Extensions.Logging;

namespace ActorBalancer.Engine.Webhooks;

/// <summary>What is logged of deliveries. Ids 500 to 599. No path, query, header, body or secret is named.</summary>
internal static partial class WebhookLog
{
    [LoggerMessage(500, LogLevel.Debug, "Webhook of task {TaskId}: delivered to {Host} at try {Try}")]
    public static partial void Delivered(ILogger logger, TaskId taskId, string host, int @try);

    [LoggerMessage(501, LogLevel.Information,
        "Webhook of task {TaskId}: try {Try} at {Host} failed, {Error}; the next in {DelayMilliseconds} ms")]
    public static partial void TryFailed(
        ILogger logger, TaskId taskId, string host, int @try, string? error, long delayMilliseconds);

    [LoggerMessage(502, LogLevel.Warning,
        "Webhook of task {TaskId}: given up after try {Try} at {Host}, {Error}; it can be sent again by hand")]
    public static partial void GivenUp(ILogger logger, TaskId taskId, string host, int @try, string? error);

    [LoggerMessage(503, LogLevel.Error, "Webhook of task {TaskId}: the store cannot be read, {Fault}; tried again")]
    public static partial void ReadFailed(ILogger logger, TaskId taskId, string fault);

    [LoggerMessage(504, LogLevel.Error, "Webhook of task {TaskId}: its state cannot be written, {Fault}; tried again")]
    public static partial void SaveFailed(ILogger logger, TaskId taskId, string fault);

    [LoggerMessage(505, LogLevel.Debug, "Webhook of task {TaskId}: nothing to deliver any more")]
    public static partial void NothingDue(ILogger logger, TaskId taskId);

    [LoggerMessage(506, LogLevel.Error, "Webhook of task {TaskId}: the call failed in itself")]
    public static partial void CallBroke(ILogger logger, Exception exception, TaskId taskId);

    [LoggerMessage(507, LogLevel.Warning, "Deliveries cannot be given up, {Fault}; other nodes make them a minute later")]
    public static partial void NotLeft(ILogger logger, string fault);
}
