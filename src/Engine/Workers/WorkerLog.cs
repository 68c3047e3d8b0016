using ActorBalancer.Engine.Tasks;
using Microsoft.Extensions.Logging;

namespace ActorBalancer.Engine.Workers;

/// <summary>What is logged of workers. Ids 100 to 199.</summary>
internal static partial class WorkerLog
{
    [LoggerMessage(100, LogLevel.Information, "Workers file {Path}: {Count} workers")]
    public static partial void FileRead(ILogger logger, string path, int count);

    [LoggerMessage(101, LogLevel.Error, "Workers file {Path} is not taken: {Fault}. The last good list stays")]
    public static partial void FileRejected(ILogger logger, string path, string fault);

    [LoggerMessage(113, LogLevel.Warning, "There is no workers file {Path}: no workers until there is one")]
    public static partial void FileMissing(ILogger logger, string path);

    [LoggerMessage(102, LogLevel.Warning, "Workers file {Path} cannot be watched ({Fault}); it is read by interval")]
    public static partial void CannotWatch(ILogger logger, string path, string fault);

    [LoggerMessage(103, LogLevel.Information, "Worker {Url} added")]
    public static partial void Added(ILogger logger, string url);

    [LoggerMessage(104, LogLevel.Information, "Worker {Url} removed: no new tasks, running ones end")]
    public static partial void Removed(ILogger logger, string url);

    [LoggerMessage(105, LogLevel.Information, "Worker {Url} serves {Queue}")]
    public static partial void Reached(ILogger logger, string url, QueueKey queue);

    [LoggerMessage(106, LogLevel.Warning, "Worker {Url}: {Fault}")]
    public static partial void PollFailed(ILogger logger, string url, string fault);

    [LoggerMessage(107, LogLevel.Error, "Worker {Url} is lost: {Fault}")]
    public static partial void Lost(ILogger logger, string url, string fault);

    [LoggerMessage(108, LogLevel.Information, "Worker {Url}: session open")]
    public static partial void SessionUp(ILogger logger, string url);

    [LoggerMessage(109, LogLevel.Warning, "Worker {Url}: session lost, {Reason}")]
    public static partial void SessionDown(ILogger logger, string url, string reason);

    [LoggerMessage(110, LogLevel.Warning, "Worker {Url} is passed over until it answers GET /health: {Reason}")]
    public static partial void Suspected(ILogger logger, string url, string reason);

    [LoggerMessage(111, LogLevel.Warning, "Worker {Url} is not used for {Queue}: {Reason}")]
    public static partial void ContractInvalid(ILogger logger, string url, QueueKey queue, string reason);

    [LoggerMessage(114, LogLevel.Information, "Worker {Url} drains: no new tasks, {Count} running ones end")]
    public static partial void Draining(ILogger logger, string url, int count);

    [LoggerMessage(115, LogLevel.Information, "Worker {Url} is drained: its last task has ended")]
    public static partial void Drained(ILogger logger, string url);

    [LoggerMessage(116, LogLevel.Information, "Worker {Url} drains no longer")]
    public static partial void DrainLifted(ILogger logger, string url);

    [LoggerMessage(117, LogLevel.Warning, "That worker {Url} no longer drains could not be stored: {Reason}")]
    public static partial void DrainNotForgotten(ILogger logger, string url, string reason);

    [LoggerMessage(112, LogLevel.Information, "Worker {Url}: contract valid for {Queue}")]
    public static partial void ContractValid(ILogger logger, string url, QueueKey queue);
}
