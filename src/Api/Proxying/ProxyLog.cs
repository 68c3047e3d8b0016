using System.Net;

namespace ActorBalancer.Api.Proxying;

/// <summary>What the proxy's listeners log.</summary>
internal static partial class ProxyLog
{
    /// <summary>Category of these lines.</summary>
    public const string Category = "ActorBalancer.Proxy";

    [LoggerMessage(1101, LogLevel.Information, "Proxy pool {Pool} listening on {Urls}")]
    public static partial void Listening(ILogger log, string pool, string urls);

    [LoggerMessage(1102, LogLevel.Information, "Proxy no longer listens on {Urls}; its requests may end")]
    public static partial void Closing(ILogger log, string urls);

    [LoggerMessage(1103, LogLevel.Error, "{Reason}")]
    public static partial void Failed(ILogger log, string reason);

    [LoggerMessage(1104, LogLevel.Warning, "Certificate stays as it was: {Reason}")]
    public static partial void CertificateRefused(ILogger log, string reason);

    [LoggerMessage(1105, LogLevel.Information, "Certificate {File} was read again; it ends on {End}")]
    public static partial void CertificateChanged(ILogger log, string file, string end);

    [LoggerMessage(1106, LogLevel.Debug, "Connection of {Address} closed: {Reason}")]
    public static partial void ProxyHeaderRefused(ILogger log, EndPoint? address, string reason);

    [LoggerMessage(1107, LogLevel.Error, "Control request failed")]
    public static partial void ControlFailed(ILogger log, Exception exception);

    [LoggerMessage(1108, LogLevel.Error, "Proxy listener did not stop in order")]
    public static partial void StopFailed(ILogger log, Exception exception);

    /// <summary>Takes no exception: its message may repeat what a request said.</summary>
    [LoggerMessage(1109, LogLevel.Error, "A request failed by a fault of the proxy's own: {Fault}")]
    public static partial void Fault(ILogger log, string fault);
}
