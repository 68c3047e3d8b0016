using System.Net;
using System.Net.WebSockets;
using ActorBalancer.Testing;
using ActorBalancer.Testing.Workers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ActorBalancer.EndToEnd.Proxy;

/// <summary>A site behind the proxy, in the test's process: says its name, holds requests, echoes WebSocket messages.
/// </summary>
internal sealed class TestSite : IAsyncDisposable
{
    private readonly WebApplication _server;

    private TestSite(string name, int port, bool http2)
    {
        Name = name;
        Port = port;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, port, listen => listen.Protocols = http2 ? HttpProtocols.Http2 : HttpProtocols.Http1));
        _server = builder.Build();
        _server.UseWebSockets();
        _server.Run(AnswerAsync);
    }

    public string Name { get; }

    public int Port { get; }

    public string Url => $"http://127.0.0.1:{Port}";

    /// <summary>Set when a request for <c>/hold</c> has come.</summary>
    public TestSignal Held { get; } = new("a request for /hold");

    /// <summary>Lets requests for <c>/hold</c> be answered.</summary>
    public TestSignal Release { get; } = new("the release of /hold");

    /// <summary>Starts one.</summary>
    /// <param name="name">What it answers.</param>
    /// <param name="port">A port of loopback; null for a free one.</param>
    /// <param name="http2">Whether it speaks HTTP/2 with prior knowledge, and nothing else.</param>
    public static async Task<TestSite> StartAsync(string name, int? port = null, bool http2 = false)
    {
        var site = new TestSite(name, port ?? FreePort.Next(), http2);
        await site._server.StartAsync();
        return site;
    }

    /// <summary>Breaks everything off, as a killed process does.</summary>
    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(new CancellationToken(canceled: true));
        await _server.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (context.WebSockets.IsWebSocketRequest)
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            await EchoAsync(socket, context.RequestAborted);
            return;
        }

        if (context.Request.Path == "/hold")
        {
            Held.Set();
            await Release.WaitAsync();
        }

        context.Response.ContentType = "text/plain";
        if (context.Request.Path == "/v1/large")
            await context.Response.WriteAsync(new string('x', 5000));
        else
            await context.Response.WriteAsync($"{Name} {context.Request.Path} {context.Request.Protocol}");
    }

    private static async Task EchoAsync(WebSocket socket, CancellationToken stop)
    {
        var buffer = new byte[1024];
        try
        {
            while (true)
            {
                var read = await socket.ReceiveAsync(buffer, stop);
                if (read.MessageType == WebSocketMessageType.Close)
                    break;
                await socket.SendAsync(buffer.AsMemory(0, read.Count), read.MessageType, read.EndOfMessage, stop);
            }

            await socket.CloseOutputAsync(socket.CloseStatus!.Value, null, stop);
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException)
        {
            // The other side has gone, or the site is killed.
        }
    }
}
