using Microsoft.Extensions.Logging;

namespace ActorBalancer.Engine.Proxying;

/// <summary>What is logged of pools and backends, each change once. Ids 600 to 649.</summary>
internal static partial class ProxyLog
{
    [LoggerMessage(600, LogLevel.Information, "Pool {Pool} added")]
    public static partial void PoolAdded(ILogger logger, string pool);

    [LoggerMessage(601, LogLevel.Information, "Pool {Pool} removed: its backends drain")]
    public static partial void PoolRemoved(ILogger logger, string pool);

    [LoggerMessage(602, LogLevel.Information, "Pool {Pool}: backend {Backend} ({Url}) added")]
    public static partial void Added(ILogger logger, string pool, string backend, string url);

    [LoggerMessage(603, LogLevel.Information, "Pool {Pool}: backend {Backend} ({Url}) removed, it drains")]
    public static partial void Removed(ILogger logger, string pool, string backend, string url);

    [LoggerMessage(604, LogLevel.Error, "Pool {Pool}: backend {Backend} ({Url}) is down: {Reason}")]
    public static partial void Down(ILogger logger, string pool, string backend, string url, string reason);

    [LoggerMessage(605, LogLevel.Information, "Pool {Pool}: backend {Backend} ({Url}) is up: {Reason}")]
    public static partial void Up(ILogger logger, string pool, string backend, string url, string reason);

    [LoggerMessage(606, LogLevel.Warning, "Pool {Pool}: backend {Backend} ({Url}) is out for {Seconds} s: {Reason}")]
    public static partial void Ejected(
        ILogger logger, string pool, string backend, string url, double seconds, string reason);

    [LoggerMessage(607, LogLevel.Information, "Pool {Pool}: backend {Backend} ({Url}) is tried again")]
    public static partial void EjectionOver(ILogger logger, string pool, string backend, string url);

    [LoggerMessage(608, LogLevel.Information, "Pool {Pool}: backend {Backend} ({Url}) is ordered to be {State}")]
    public static partial void Ordered(ILogger logger, string pool, string backend, string url, BackendState state);

    [LoggerMessage(609, LogLevel.Information, "Pool {Pool}: backend {Backend} ({Url}) is drained: {Reason}")]
    public static partial void Drained(ILogger logger, string pool, string backend, string url, string reason);

    [LoggerMessage(610, LogLevel.Debug, "Pool {Pool}: backend {Backend} ({Url}) stays in: {Reason}")]
    public static partial void NotEjected(ILogger logger, string pool, string backend, string url, string reason);

    [LoggerMessage(611, LogLevel.Warning,
        "Pool {Pool} is in panic: {Left} of {Total} backends are left, so ejections are ignored")]
    public static partial void Panic(ILogger logger, string pool, int left, int total);

    [LoggerMessage(612, LogLevel.Information, "Pool {Pool} is no longer in panic")]
    public static partial void PanicOver(ILogger logger, string pool);

    [LoggerMessage(613, LogLevel.Trace, "Pool {Pool}: backend {Backend} ({Url}) was checked: {Result}")]
    public static partial void Checked(ILogger logger, string pool, string backend, string url, string result);
}
