using ActorBalancer.Api.Hosting;
using ActorBalancer.Api.Proxying.Control;
using ActorBalancer.Api.Proxying.Forwarding;
using ActorBalancer.Api.Proxying.Listening;
using ActorBalancer.Engine.Proxying.Options;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http.Features;

namespace ActorBalancer.Api.Proxying;

/// <summary>
/// What a listener does with each request, straight from Kestrel: no routing, no middleware, no scope. A connection's
/// context is used again for its next request. Any thread.
/// </summary>
/// <param name="listener">Where requests come in.</param>
/// <param name="control">Answers below <c>/_lb</c>.</param>
/// <param name="forwarder">Passes all others on.</param>
/// <param name="compression">Does so for pools that compress.</param>
/// <param name="stopping">The stop of the listener.</param>
internal sealed class ProxyApplication(
    ListenerOptions listener,
    ControlPlane control,
    Forwarder forwarder,
    CompressingForwarder compression,
    CancellationToken stopping)
    : IHttpApplication<DefaultHttpContext>
{
    private static readonly EdgeError NoPool = new(
        404, "no_pool", "No pool serves this host and path.");

    private volatile PoolRoutes _routes = new([]);

    /// <summary>The pools now. Requests that run keep those that they began with.</summary>
    public PoolRoutes Routes
    {
        get => _routes;
        set => _routes = value;
    }

    /// <inheritdoc/>
    public DefaultHttpContext CreateContext(IFeatureCollection contextFeatures)
    {
        if (contextFeatures is not IHostContextContainer<DefaultHttpContext> connection)
            return new DefaultHttpContext(contextFeatures);
        if (connection.HostContext is { } used)
        {
            used.Initialize(contextFeatures);
            return used;
        }

        return connection.HostContext = new DefaultHttpContext(contextFeatures);
    }

    /// <inheritdoc/>
    public Task ProcessRequestAsync(DefaultHttpContext context)
    {
        var routes = _routes;
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var path = RequestTarget.PathOf(target);
        if (ControlPlane.Owns(path))
            return control.InvokeAsync(context, listener, routes, stopping);
        var route = routes.Find(RequestTarget.HostOf(context.Request.Host.Value), path);
        if (route is null)
            return EdgeErrors.WriteAsync(context, NoPool);
        return route.Options.Compress
            ? compression.InvokeAsync(context, route)
            : forwarder.InvokeAsync(context, route);
    }

    /// <inheritdoc/>
    public void DisposeContext(DefaultHttpContext context, Exception? exception) => context.Uninitialize();
}
