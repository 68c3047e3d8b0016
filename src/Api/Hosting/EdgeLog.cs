using System.Net;

namespace ActorBalancer.Api.Hosting;

/// <summary>What the HTTP side logs. Nothing that a client sent, save its address.</summary>
internal static partial class EdgeLog
{
    [LoggerMessage(1001, LogLevel.Error, "Request failed with {ExceptionType} at {Stack}")]
    public static partial void RequestFailed(ILogger log, string? exceptionType, string? stack);

    [LoggerMessage(1002, LogLevel.Warning,
        "Address {Address} sent {Count} wrong keys within a minute; further ones get 429 for {Seconds} s")]
    public static partial void WrongKeyFlood(ILogger log, IPAddress? address, int count, int seconds);

    [LoggerMessage(1003, LogLevel.Error, "Request failed with the store: {Reason}")]
    public static partial void StoreFailed(ILogger log, string reason);

    [LoggerMessage(1004, LogLevel.Warning, "Request not answered in time: {Reason}")]
    public static partial void NotInTime(ILogger log, string reason);
}
