using ActorBalancer.Engine.Proxying.Options;

namespace ActorBalancer.Api.Configuration.Proxy;

/// <content>The parts of a pool that say how it treats requests.</content>
internal sealed partial class PoolReader
{
    private static OutlierOptions ReadOutliers(ConfigSection pool)
    {
        var defaults = new OutlierOptions();
        if (pool.Section("outliers") is not { } section)
            return defaults;
        var outliers = defaults with
        {
            ConsecutiveFailures =
                section.Read("consecutive-failures", ProxyKinds.Count, defaults.ConsecutiveFailures),
            ErrorRate = section.Read("error-rate", ProxyKinds.Share, defaults.ErrorRate),
            RequestsMin = section.Read("requests-min", ProxyKinds.CountFromOne, defaults.RequestsMin),
            Window = section.Read("window", ProxyKinds.Window, defaults.Window),
            EjectionTime = section.Read("ejection-time", ProxyKinds.Wait, defaults.EjectionTime),
            EjectionTimeMax = section.Read("ejection-time-max", ProxyKinds.Wait, defaults.EjectionTimeMax),
            EjectedMax = section.Read("ejected-max", ProxyKinds.Share, defaults.EjectedMax),
            PanicThreshold = section.Read("panic-threshold", ProxyKinds.Share, defaults.PanicThreshold),
        };
        if (outliers.EjectionTime > outliers.EjectionTimeMax)
        {
            section.Wrong(
                "ejection-time",
                $"{Durations.Format(outliers.EjectionTime)} is above ejection-time-max, "
                    + $"{Durations.Format(outliers.EjectionTimeMax)}; raise the one or lower the other");
        }

        section.Close();
        return outliers;
    }

    private static RetryOptions ReadRetry(ConfigSection pool)
    {
        var defaults = new RetryOptions();
        if (pool.Section("retry") is not { } section)
            return defaults;
        var retry = defaults with
        {
            Attempts = section.Read("attempts", ProxyKinds.Attempts, defaults.Attempts),
            WhenNoAnswer = section.Read("when-no-answer", ProxyKinds.Boolean, defaults.WhenNoAnswer),
            BudgetShare = section.Read("budget-share", ProxyKinds.Share, defaults.BudgetShare),
            BudgetPerSecond = section.Read("budget-per-second", ProxyKinds.Count, defaults.BudgetPerSecond),
        };
        section.Close();
        return retry;
    }

    private static TimeoutOptions ReadTimeouts(ConfigSection pool)
    {
        var defaults = new TimeoutOptions();
        if (pool.Section("timeouts") is not { } section)
            return defaults;
        var timeouts = defaults with
        {
            Connect = section.Read("connect", ProxyKinds.Span, defaults.Connect),
            FirstByte = section.Read("first-byte", ProxyKinds.Span, defaults.FirstByte),
            Idle = section.Read("idle", ProxyKinds.Span, defaults.Idle),
            Tunnel = section.Read("tunnel", ProxyKinds.Span, defaults.Tunnel),
        };
        section.Close();
        return timeouts;
    }

    private static LimitOptions ReadLimits(ConfigSection pool)
    {
        var defaults = new LimitOptions();
        if (pool.Section("limits") is not { } section)
            return defaults;
        var limits = defaults with
        {
            RequestsPerBackend = section.Read("requests-per-backend", ProxyKinds.Count, defaults.RequestsPerBackend),
            ConnectionsPerBackend =
                section.Read("connections-per-backend", ProxyKinds.Count, defaults.ConnectionsPerBackend),
            Queue = section.Read("queue", ProxyKinds.Count, defaults.Queue),
            QueueWait = section.Read("queue-wait", ProxyKinds.Span, defaults.QueueWait),
            RequestBodyMax = section.Read("request-body-max", ProxyKinds.BodyBytes, defaults.RequestBodyMax),
            WebSocketMessageMax =
                section.Read("websocket-message-max", ProxyKinds.BodyBytes, defaults.WebSocketMessageMax),
        };
        section.Close();
        return limits;
    }

    private static DrainOptions ReadDrain(ConfigSection pool)
    {
        var defaults = new DrainOptions();
        if (pool.Section("drain") is not { } section)
            return defaults;
        var drain = defaults with
        {
            SessionsMax = section.Read("sessions-max", ProxyKinds.Count, defaults.SessionsMax),
            Timeout = section.Read("timeout", ProxyKinds.Span, defaults.Timeout),
            SessionIdle = section.Read("session-idle", ProxyKinds.Span, defaults.SessionIdle),
        };
        section.Close();
        return drain;
    }

    private AccessLogOptions ReadAccessLog(ConfigSection pool)
    {
        var defaults = new AccessLogOptions();
        if (pool.Section("access-log") is not { } section)
            return defaults;
        var log = defaults with
        {
            Format = section.Read("format", ProxyKinds.LogFormat, defaults.Format),
            Path = section.TryRead("path", ProxyKinds.FilePath, out var path) ? files.Full(path) : null,
        };
        section.Close();
        return log;
    }
}
