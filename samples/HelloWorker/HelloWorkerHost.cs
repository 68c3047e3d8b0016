using System.Net;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;

namespace ActorBalancer.HelloWorker;

/// <summary>A running worker. Several may run in one process; each has its ports, slots and logs to itself.</summary>
public sealed class HelloWorkerHost : IAsyncDisposable
{
    /// <summary>Largest body of a task in bytes. Source: the balancer's own default (10mb).</summary>
    private const int BodyBytesMax = 10 * 1024 * 1024;

    private static readonly object WebSocketSide = new();

    private readonly WebApplication _application;
    private readonly StatusFeed _feed;
    private readonly TaskLog? _taskLog;

    private HelloWorkerHost(WebApplication application, StatusFeed feed, TaskLog? taskLog)
    {
        _application = application;
        _feed = feed;
        _taskLog = taskLog;
    }

    /// <summary>Base URL to put into <c>workers.json</c>, without a slash at the end. A worker that listens on every
    /// address names the loopback one.</summary>
    public string Url { get; private set; } = "";

    /// <summary>Port of the WebSocket.</summary>
    public int WebSocketPort { get; private set; }

    /// <summary>Starts a worker. Its ports are open when this returns.</summary>
    /// <exception cref="IOException">A port is taken, or the task log cannot be written.</exception>
    public static async Task<HelloWorkerHost> StartAsync(
        HelloWorkerOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var taskLog = options.TaskLogPath is { } path ? new TaskLog(path, options.Time) : null;
        var log = new MemoryLog(options.LogLinesMax, options.LogOutput, options.Time);
        var application = Build(options, log);
        var state = new WorkerState(options);
        var feed = new StatusFeed(state, options, application.Lifetime.ApplicationStopping);
        var host = new HelloWorkerHost(application, feed, taskLog);
        var logger = application.Services.GetRequiredService<ILogger<HelloWorkerHost>>();
        var endpoints = new WorkerEndpoints(options, state, new HelloFunctions(options.Time), log, taskLog, logger);

        application.UseWebSockets();
        application.MapWhen(IsWebSocketSide, branch => branch.Run(feed.ServeAsync));
        application.UseRouting();
        endpoints.Map(application);
        try
        {
            await application.StartAsync(cancellationToken);
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }

        host.ReadAddresses(options.BindAddress);
        state.WebSocketPort = host.WebSocketPort;
        return host;
    }

    /// <summary>Refuses new connections, closes the WebSockets and lets running tasks end.</summary>
    /// <param name="cancellationToken">Ends the wait; what still runs then is cut off.</param>
    public Task StopAsync(CancellationToken cancellationToken) => _application.StopAsync(cancellationToken);

    /// <summary>Stops at once.</summary>
    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        await _feed.DisposeAsync();
        _taskLog?.Dispose();
    }

    // The empty builder reads no file, no argument and no variable: a worker inside another server must not pick up
    // that server's settings, nor answer its signals.
    private static WebApplication Build(HelloWorkerOptions options, MemoryLog log)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<IHostLifetime, OwnersLifetime>();
        builder.Services.AddRoutingCore();
        builder.Services.AddLogging(logging => logging
            .AddProvider(log)
            .SetMinimumLevel(options.LogLevel)
            .AddFilter("Microsoft", options.LogLevel > LogLevel.Warning ? options.LogLevel : LogLevel.Warning));
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = BodyBytesMax;
            kestrel.Listen(options.BindAddress, options.Port);
            kestrel.Listen(options.BindAddress, options.WebSocketPort, listen => listen.Use(next => connection =>
            {
                connection.Items[WebSocketSide] = true;
                return next(connection);
            }));
        });
        return builder.Build();
    }

    private static bool IsWebSocketSide(HttpContext context) =>
        context.Features.Get<IConnectionItemsFeature>()?.Items.ContainsKey(WebSocketSide) ?? false;

    private void ReadAddresses(IPAddress bound)
    {
        var addresses = _application.Services.GetRequiredService<IServer>().Features
            .GetRequiredFeature<IServerAddressesFeature>().Addresses.Select(address => new Uri(address)).ToArray();
        var anywhere = bound.Equals(IPAddress.Any) || bound.Equals(IPAddress.IPv6Any);
        Url = new UriBuilder(addresses[0]) { Host = anywhere ? "127.0.0.1" : addresses[0].Host }
            .Uri.GetLeftPart(UriPartial.Authority);
        WebSocketPort = addresses[1].Port;
    }

    /// <summary>Leaves signals to the owner of the process.</summary>
    private sealed class OwnersLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
