using System.Text;
using ActorBalancer.Api.Health;
using ActorBalancer.Api.Logging;
using ActorBalancer.Api.Security;
using ActorBalancer.Api.Tasks;
using ActorBalancer.Engine;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ActorBalancer.Api.Hosting;

/// <summary>Builds the HTTP server: Kestrel with its limits, the gate, the routes.</summary>
internal static class EdgeServer
{
    /// <summary>Most bytes of all header lines together; beyond it the answer is 431. Kestrel's default.</summary>
    public const int HeaderBytesMax = 32 * 1024;

    /// <summary>Most header lines; beyond it the answer is 431. Kestrel's default.</summary>
    public const int HeadersMax = 100;

    /// <summary>Most bytes of the request line; beyond it the answer is 414. Kestrel's default.</summary>
    public const int RequestLineBytesMax = 8 * 1024;

    /// <summary>Builds the server; it listens once it is started.</summary>
    /// <param name="options">Settings; checked here.</param>
    /// <param name="balancer">The engine. The server does not dispose it.</param>
    /// <param name="logs">The last lines of the log, for <c>GET /logs</c>.</param>
    /// <param name="loggers">Where the server logs. The server does not dispose it.</param>
    /// <param name="time">The clock of the wrong-key windows and of the pings of event streams.</param>
    /// <param name="mapMore">Adds the routes of other parts, each through
    /// <see cref="EdgeRoutes.MapEdge"/>; null for none.</param>
    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    public static WebApplication Build(
        EdgeOptions options,
        IBalancer balancer,
        LogRing logs,
        ILoggerFactory loggers,
        TimeProvider time,
        Action<IEndpointRouteBuilder>? mapMore = null)
    {
        options.Validate();
        var log = loggers.CreateLogger("ActorBalancer.Api");
        var keys = KeyGuard.Create(options.AuthKey, options.WrongKeysPerMinuteMax, time, log);
        var sessions = new SessionTokens(options.AuthKey, time);
        var gate = new EdgeGate(keys, sessions, log);

        // The empty builder: no configuration files, no environment, no host filter, no logging of its own.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            ApplicationName = "ActorBalancer",
            EnvironmentName = Environments.Production,
        });
        builder.Services.AddSingleton<ILoggerFactory>(new FrameworkLogFilter(loggers));
        builder.Services.AddRoutingCore();

        // For the login, which checks keys and opens sessions as the gate does.
        builder.Services.AddSingleton(keys);
        builder.Services.AddSingleton(sessions);
        builder.Services.AddSingleton<IHostLifetime>(new OwnedLifetime());
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.StopTimeout);
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel => Configure(kestrel, options));

        var app = builder.Build();
        app.UseRouting();
        app.Use(next => context => gate.InvokeAsync(context, next));
        TaskRoutes.Map(app, balancer, options, time, app.Lifetime.ApplicationStopping);
        app.MapEdge("/health", new EdgeRoute(RouteAccess.PublicPart, HttpMethods.Get),
            new HealthEndpoint(balancer).InvokeAsync);
        ProbeEndpoint.Map(app, balancer);
        app.MapEdge("/logs", new EdgeRoute(RouteAccess.BalancerKey, HttpMethods.Get),
            new LogsEndpoint(logs, time, app.Lifetime.ApplicationStopping).InvokeAsync);
        mapMore?.Invoke(app);
        return app;
    }

    private static void Configure(KestrelServerOptions kestrel, EdgeOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.AllowSynchronousIO = false;

        // RFC 9110, section 5.5: a value may hold bytes beyond ASCII. Latin-1 keeps each as one character, so that
        // it can be passed on as it came.
        kestrel.RequestHeaderEncodingSelector = static _ => Encoding.Latin1;

        var limits = kestrel.Limits;
        limits.MaxRequestHeadersTotalSize = HeaderBytesMax;
        limits.MaxRequestHeaderCount = HeadersMax;
        limits.MaxRequestLineSize = RequestLineBytesMax;
        limits.RequestHeadersTimeout = options.HeadersTimeout;
        limits.KeepAliveTimeout = options.KeepAliveTimeout;
        limits.MaxConcurrentConnections = options.ConnectionsMax;

        // The routes that read a body hold it to the limit themselves, exactly. This second fence counts the framing
        // of chunks too, which is why it stands further out; it also ends what no route reads.
        limits.MaxRequestBodySize = options.BodyBytesMax + (options.BodyBytesMax / 8) + 4096;

        foreach (var address in options.BindAddresses)
            kestrel.Listen(address, options.Port, listen => listen.Protocols = HttpProtocols.Http1);
    }
}
