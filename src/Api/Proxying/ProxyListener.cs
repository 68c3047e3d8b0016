using System.Net;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Api.Proxying.Forwarding;
using ActorBalancer.Engine.Proxying.Options;

namespace ActorBalancer.Api.Proxying;

/// <summary>One Kestrel server of the proxy. Its pools may change while it runs.</summary>
internal sealed class ProxyListener : IAsyncDisposable
{
    private readonly WebApplication _server;
    private volatile PoolRoutes _routes;

    public ProxyListener(ListenerOptions options, PoolRoutes routes, ILoggerFactory loggers, TimeProvider time)
    {
        Options = options;
        _routes = routes;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "ActorBalancer" });
        builder.Services.AddSingleton<ILoggerFactory>(new FrameworkLogFilter(loggers));
        builder.Services.AddSingleton<IHostLifetime>(new OwnedLifetime());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            StrictHttp.Apply(kestrel);
            kestrel.Listen(options.Address ?? IPAddress.Any, options.Port);
        });
        _server = builder.Build();
        var forwarder = new Forwarder(time, _server.Lifetime.ApplicationStopping);
        _server.Run(context => forwarder.InvokeAsync(
            context, _routes.Find(context.Request.Host.Host, context.Request.Path.Value)!));
    }

    /// <summary>Where it listens; compared to tell whether a changed configuration means the same listener.</summary>
    public ListenerOptions Options { get; }

    /// <summary>The addresses that it listens on, once it is started.</summary>
    public ICollection<string> Urls => _server.Urls;

    /// <summary>Sets the pools; requests that run go on as they are.</summary>
    public void Use(PoolRoutes routes) => _routes = routes;

    /// <summary>Begins to listen.</summary>
    /// <exception cref="IOException">The port is taken.</exception>
    public Task StartAsync(CancellationToken cancellationToken) => _server.StartAsync(cancellationToken);

    /// <summary>Takes no more connections and lets requests end.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _server.StopAsync(cancellationToken);

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
