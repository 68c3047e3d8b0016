using ActorBalancer.Api.Hosting;
using ActorBalancer.Api.Proxying.Control;
using ActorBalancer.Api.Proxying.Forwarding;
using ActorBalancer.Api.Proxying.Listening;
using ActorBalancer.Engine.Proxying.Options;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace ActorBalancer.Api.Proxying;

/// <summary>One Kestrel server of the proxy. Its pools may change while it runs.</summary>
internal sealed class ProxyListener : IAsyncDisposable
{
    // How long a slow body may stay below the least rate. Kestrel's own grace.
    private static readonly TimeSpan RateGrace = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stopping = new();
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly TaskCompletionSource _unbound = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ListenerCertificate? _certificate;
    private readonly WebApplication _services;
    private readonly IServer _server;
    private readonly ProxyApplication _application;

    /// <summary>Makes a listener; nothing is opened yet but its certificate.</summary>
    /// <param name="options">Where and how it listens.</param>
    /// <param name="control">Answers below <c>/_lb</c>.</param>
    /// <param name="loggers">Where it logs.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="IOException">The certificate cannot be used; the message says why.</exception>
    public ProxyListener(ListenerOptions options, ControlPlane control, ILoggerFactory loggers, TimeProvider time)
    {
        Options = options;
        _time = time;
        _log = loggers.CreateLogger(ProxyLog.Category);
        if (options.Tls is { } tls)
            _certificate = new ListenerCertificate(tls, options.Http2, time, _log);

        // The host is never started: it only puts Kestrel together, which is then given its requests' way directly.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "ActorBalancer" });
        builder.Services.AddSingleton<ILoggerFactory>(new FrameworkLogFilter(loggers));
        builder.Services.AddSingleton<IHostLifetime>(new OwnedLifetime());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();

        // What runs on a listener's sockets never blocks, and compression goes to the pool by itself.
        builder.WebHost.UseSockets(static sockets => sockets.UnsafePreferInlineScheduling = true);
        builder.Services.AddSingleton<IConnectionListenerFactory>(services => new ListenerTransport(
            ActivatorUtilities.CreateInstance<SocketTransportFactory>(services), _unbound));
        builder.WebHost.ConfigureKestrel(Configure);
        _services = builder.Build();
        _server = _services.Services.GetRequiredService<IServer>();
        var forwarder = new Forwarder(time, _log, _stopping.Token);
        _application = new ProxyApplication(
            options, control, forwarder, new CompressingForwarder(forwarder), _stopping.Token);
    }

    /// <summary>Where it listens; compared to tell whether a changed configuration means the same listener.</summary>
    public ListenerOptions Options { get; }

    /// <summary>The addresses that it listens on, once it is started.</summary>
    public ICollection<string> Urls => _server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses;

    /// <summary>Its pools now.</summary>
    public IReadOnlyList<PoolRoute> Pools => _application.Routes.All;

    /// <summary>Ends as soon as its port is free again, at the beginning of a stop.</summary>
    public Task Unbound => _unbound.Task;

    /// <summary>Sets the pools; requests that run go on as they are.</summary>
    public void Use(PoolRoutes routes) => _application.Routes = routes;

    /// <summary>Begins to listen.</summary>
    /// <exception cref="IOException">The port is taken, or the system forbids it.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _server.StartAsync(_application, cancellationToken);
        }
        catch (System.Net.Sockets.SocketException exception)
        {
            throw new IOException(exception.Message, exception);
        }

        _certificate?.Watch();
    }

    /// <summary>Takes no more connections, tells tunnels and event streams to end, and lets requests end.</summary>
    /// <param name="cancellationToken">Breaks off what still runs.</param>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        // Not CancelAsync: the tunnels only begin their closing here.
        _stopping.Cancel();
        await _server.StopAsync(cancellationToken);
    }

    /// <summary>Breaks off what still runs and frees everything.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(new CancellationToken(canceled: true));
        await _services.DisposeAsync();
        if (_certificate is not null)
            await _certificate.DisposeAsync();
        _stopping.Dispose();
    }

    private void Configure(KestrelServerOptions kestrel)
    {
        StrictHttp.Apply(kestrel);
        kestrel.AllowSynchronousIO = false;

        var limits = kestrel.Limits;
        limits.MaxRequestHeadersTotalSize = Options.HeaderBytesMax;
        limits.MaxRequestHeaderCount = EdgeServer.HeadersMax;
        limits.MaxRequestLineSize = EdgeServer.RequestLineBytesMax;
        limits.RequestHeadersTimeout = Options.HeadersTimeout;
        limits.KeepAliveTimeout = Options.KeepAliveTimeout;
        limits.MaxConcurrentConnections = Options.ConnectionsMax;

        // The forwarder holds each request to the limit of its pool.
        limits.MaxRequestBodySize = null;
        var rate = Options.BytesPerSecondMin > 0 ? new MinDataRate(Options.BytesPerSecondMin, RateGrace) : null;
        limits.MinRequestBodyDataRate = rate;
        limits.MinResponseDataRate = rate;

        if (Options.Address is { } address)
            kestrel.Listen(address, Options.Port, Configure);
        else
            kestrel.ListenAnyIP(Options.Port, Configure);
    }

    private void Configure(ListenOptions listen)
    {
        listen.Protocols = (Options.Http2, Options.Tls) switch
        {
            (false, _) => HttpProtocols.Http1,
            (true, null) => HttpProtocols.Http2,
            _ => HttpProtocols.Http1AndHttp2,
        };
        if (Options.ProxyProtocol)
            listen.Use(next => new ProxyProtocolConnection(next, Options, _time, _log).InvokeAsync);
        if (_certificate is { } certificate)
        {
            listen.UseHttps(new TlsHandshakeCallbackOptions
            {
                HandshakeTimeout = Options.HeadersTimeout,
                OnConnection = _ => new(certificate.Current),
            });
        }
    }
}
