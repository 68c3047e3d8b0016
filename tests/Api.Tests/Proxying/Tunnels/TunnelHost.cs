using System.Net;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Api.Proxying;
using ActorBalancer.Api.Proxying.Sticky;
using ActorBalancer.Api.Proxying.Tunnels;
using ActorBalancer.Api.Tests.Proxying.Sticky;
using ActorBalancer.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Shouldly;

namespace ActorBalancer.Api.Tests.Proxying.Tunnels;

/// <summary>A real server that has nothing but a tunnel to a real WebSocket server that echoes.</summary>
internal sealed class TunnelHost : IAsyncDisposable
{
    private readonly PoolRig _rig;
    private readonly WebApplication _echo;
    private readonly HttpMessageInvoker _invoker = new(new SocketsHttpHandler());
    private readonly TaskCompletionSource<(long In, long Out)> _counts =
        new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebApplication _front = null!;

    private TunnelHost(PoolRig rig, WebApplication echo) => (_rig, _echo) = (rig, echo);

    /// <summary>The connections of clients, which HTTP/2 shares.</summary>
    public HttpMessageInvoker Clients { get; } = new(new SocketsHttpHandler());

    /// <summary>Where clients connect to.</summary>
    public Uri Url { get; private set; } = null!;

    /// <summary>Ends the tunnels, as a stop of the server does.</summary>
    public CancellationTokenSource Stopping { get; } = new();

    /// <summary>What the first tunnel that ended returned.</summary>
    public Task<(long In, long Out)> Counts => _counts.Task.WaitAsync(TestSignal.Guard);

    public static async Task<TunnelHost> StartAsync(HttpProtocols protocols)
    {
        var echo = Build(HttpProtocols.Http1);
        echo.UseWebSockets();
        echo.Run(EchoAsync);
        await echo.StartAsync();
        var host = new TunnelHost(await PoolRig.StartAsync(), echo);
        host._front = Build(protocols);
        host._front.Run(host.TunnelAsync);
        await host._front.StartAsync();
        host.Url = new Uri(host._front.Urls.Single().Replace("http://", "ws://", StringComparison.Ordinal));
        return host;
    }

    public async ValueTask DisposeAsync()
    {
        await _front.DisposeAsync();
        await _echo.DisposeAsync();
        await _rig.DisposeAsync();
        _invoker.Dispose();
        Clients.Dispose();
        Stopping.Dispose();
    }

    private static WebApplication Build(HttpProtocols protocols)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<IHostLifetime>(new OwnedLifetime());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = protocols));
        return builder.Build();
    }

    private static async Task EchoAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync(
            context.WebSockets.WebSocketRequestedProtocols.FirstOrDefault());
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
            if (received.MessageType == System.Net.WebSockets.WebSocketMessageType.Close)
                break;
            await socket.SendAsync(
                buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage,
                CancellationToken.None);
        }

        await socket.CloseAsync(socket.CloseStatus!.Value, socket.CloseStatusDescription, CancellationToken.None);
    }

    private async Task TunnelAsync(HttpContext context)
    {
        WebSocketHandshake.Of(context).ShouldBe(WebSocketIntent.Opening);
        var key = HttpProtocol.IsHttp2(context.Request.Protocol)
            ? "dGhlIHNhbXBsZSBub25jZQ=="
            : context.Request.Headers.SecWebSocketKey.ToString();
        using var request = new HttpRequestMessage(HttpMethod.Get, _echo.Urls.Single());
        request.Headers.TryAddWithoutValidation("Connection", "Upgrade");
        request.Headers.TryAddWithoutValidation("Upgrade", "websocket");
        request.Headers.TryAddWithoutValidation("Sec-WebSocket-Key", key);
        request.Headers.TryAddWithoutValidation("Sec-WebSocket-Version", "13");
        using var response = await _invoker.SendAsync(request, context.RequestAborted);
        WebSocketHandshake.IsAccepted(key, response).ShouldBeTrue();
        var pool = _rig.Pool;
        var route = new PoolRoute
        {
            Pool = pool,
            Options = pool.Options,
            Sticky = new StickyClients(pool, pool.Options.Sticky),
        };
        var client = (await Tunnel.AcceptAsync(context)).ShouldNotBeNull();
        _counts.TrySetResult(await Tunnel.RunAsync(
            context, client, route, pool.Backends[0], response, TimeProvider.System, Stopping.Token));
    }
}
