using System.Net;
using System.Net.WebSockets;
using ActorBalancer.Testing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Proxying.Tunnels;

/// <summary>A WebSocket client, the tunnel in a real server, a WebSocket server.</summary>
public sealed class TunnelTests
{
    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task RunAsync_Echo_PassesMessagesAndTheGoodbye(HttpProtocols protocols)
    {
        await using var host = await TunnelHost.StartAsync(protocols);
        using var client = await ConnectAsync(host, protocols);
        var message = new byte[100_000];
        Random.Shared.NextBytes(message);

        await client.SendAsync(message, WebSocketMessageType.Binary, true, CancellationToken.None);
        (await ReceiveAsync(client, message.Length)).ShouldBe(message);
        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", CancellationToken.None)
            .WaitAsync(TestSignal.Guard);

        client.CloseStatus.ShouldBe(WebSocketCloseStatus.NormalClosure);
        var (bytesIn, bytesOut) = await host.Counts;
        bytesIn.ShouldBeGreaterThan(message.Length);
        bytesOut.ShouldBeGreaterThan(message.Length);
    }

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task RunAsync_StopOfTheServer_SendsGoingAway(HttpProtocols protocols)
    {
        await using var host = await TunnelHost.StartAsync(protocols);
        using var client = await ConnectAsync(host, protocols);
        await client.SendAsync(new byte[1], WebSocketMessageType.Binary, true, CancellationToken.None);
        await ReceiveAsync(client, 1);

        await host.Stopping.CancelAsync();
        var received = await client.ReceiveAsync(new byte[10].AsMemory(), CancellationToken.None).AsTask()
            .WaitAsync(TestSignal.Guard);

        received.MessageType.ShouldBe(WebSocketMessageType.Close);
        client.CloseStatus.ShouldBe(WebSocketCloseStatus.EndpointUnavailable);
        await host.Counts;
    }

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task RunAsync_ClientThatGoesAway_EndsTheTunnel(HttpProtocols protocols)
    {
        await using var host = await TunnelHost.StartAsync(protocols);
        using var client = await ConnectAsync(host, protocols);
        await client.SendAsync(new byte[1], WebSocketMessageType.Binary, true, CancellationToken.None);
        await ReceiveAsync(client, 1);

        client.Abort();

        (await host.Counts).In.ShouldBe(7);
    }

    [Fact]
    public async Task RunAsync_HundredIdleSockets_AllGetGoingAway()
    {
        await using var host = await TunnelHost.StartAsync(HttpProtocols.Http1);
        var clients = await Task.WhenAll(
            Enumerable.Range(0, 100).Select(_ => ConnectAsync(host, HttpProtocols.Http1)));

        var ends = clients.Select(client => client.ReceiveAsync(new byte[10].AsMemory(), default).AsTask()).ToArray();
        await host.Stopping.CancelAsync();

        foreach (var end in await Task.WhenAll(ends).WaitAsync(TestSignal.Guard))
            end.MessageType.ShouldBe(WebSocketMessageType.Close);
        foreach (var client in clients)
            client.Dispose();
    }

    private static async Task<ClientWebSocket> ConnectAsync(TunnelHost host, HttpProtocols protocols)
    {
        var client = new ClientWebSocket();
        if (protocols == HttpProtocols.Http2)
        {
            client.Options.HttpVersion = HttpVersion.Version20;
            client.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        }

        await client.ConnectAsync(host.Url, host.Clients, CancellationToken.None).WaitAsync(TestSignal.Guard);
        return client;
    }

    private static async Task<byte[]> ReceiveAsync(ClientWebSocket client, int length)
    {
        var buffer = new byte[length];
        var count = 0;
        while (count < length)
        {
            var received = await client.ReceiveAsync(buffer.AsMemory(count), CancellationToken.None).AsTask()
                .WaitAsync(TestSignal.Guard);
            received.MessageType.ShouldBe(WebSocketMessageType.Binary);
            count += received.Count;
        }

        return buffer;
    }
}
