namespace ActorBalancer.Api.Configuration.Proxy;

/// <summary>What is logged of the proxy's configuration. Ids 310 to 319.</summary>
internal static partial class ProxyConfigLog
{
    [LoggerMessage(310, LogLevel.Information, "The configuration of the proxy has changed: {Pools} pools now")]
    public static partial void Changed(ILogger logger, int pools);

    [LoggerMessage(311, LogLevel.Error,
        "The changed configuration of the proxy is refused, the old one stays: {Error}")]
    public static partial void Refused(ILogger logger, string error);

    [LoggerMessage(312, LogLevel.Warning, "{Warning}")]
    public static partial void Doubtful(ILogger logger, string warning);

    [LoggerMessage(313, LogLevel.Warning, "{Folder} cannot be watched, {Fault}; changes are found by looking")]
    public static partial void CannotWatch(ILogger logger, string folder, string fault);

    [LoggerMessage(314, LogLevel.Error, "The files of the proxy's configuration cannot be looked at")]
    public static partial void LookFailed(ILogger logger, Exception exception);

    [LoggerMessage(315, LogLevel.Error, "The changed configuration of the proxy is applied, except: {Error}")]
    public static partial void Excepted(ILogger logger, string error);
}
