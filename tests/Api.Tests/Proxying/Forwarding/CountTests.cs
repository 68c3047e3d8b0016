using ActorBalancer.Api.Proxying.Tunnels;
using ActorBalancer.Api.Tests.Proxying.Tunnels;
using ActorBalancer.Engine.Proxying.Options;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Proxying.Forwarding;

/// <summary>However a request ends, its backend counts it out.</summary>
public sealed class CountTests
{
    private const string Ask = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    private const string Upgrade = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

    [Fact]
    public async Task ClientAbort_WhileWaiting_CountsOut()
    {
        var arrived = new TestSignal("the request at the backend");
        using var backend = new RawBackend(async exchange =>
        {
            arrived.Set();
            await exchange.Reader.DrainAsync();
        });
        await using var proxy = await ProxyHarness.StartAsync(backend);
        var client = await proxy.ConnectAsync();
        await client.SendAsync(Ask);
        await arrived.WaitAsync();
        proxy.Active.ShouldBe(1);

        client.Reset();

        await proxy.DrainedAsync();
    }

    [Fact]
    public async Task ClientAbort_InTheAnswer_CountsOutAndStopsTheBackend()
    {
        var stopped = new TestSignal("the end of the backend's connection");
        using var backend = new RawBackend(async exchange =>
        {
            await exchange.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
            await exchange.Reader.DrainAsync();
            stopped.Set();
        });
        await using var proxy = await ProxyHarness.StartAsync(backend);
        var client = await proxy.ConnectAsync();
        await client.SendAsync(Ask);
        await client.Reader.ReadHeadAsync();
        proxy.Active.ShouldBe(1);

        client.Reset();

        await stopped.WaitAsync();
        await proxy.DrainedAsync();
    }

    [Fact]
    public async Task ClientAbort_InItsBody_CountsOutAndStopsTheBackend()
    {
        var arrived = new TestSignal("the head at the backend");
        var stopped = new TestSignal("the end of the backend's connection");
        using var backend = new RawBackend(
            async exchange =>
            {
                arrived.Set();
                await exchange.Reader.DrainAsync();
                stopped.Set();
            },
            readsBodies: false);
        await using var proxy = await ProxyHarness.StartAsync(backend);
        var client = await proxy.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\npart");
        await arrived.WaitAsync();

        client.Reset();

        await stopped.WaitAsync();
        await proxy.DrainedAsync();
    }

    [Fact]
    public async Task BackendAbort_InTheAnswer_CountsOut()
    {
        using var backend = new RawBackend(async exchange =>
        {
            await exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello");
            await exchange.ResetAsync();
        });
        await using var proxy = await ProxyHarness.StartAsync(backend);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(Ask);
        await client.Reader.ReadToEndAsync();

        await proxy.DrainedAsync();
    }

    [Fact]
    public async Task NoFirstByteInTime_Is504AndCountsOut()
    {
        using var backend = new RawBackend(exchange => exchange.Reader.DrainAsync());
        await using var proxy = await ProxyHarness.StartAsync(
            pool => pool with
            {
                Timeouts = new TimeoutOptions { FirstByte = TimeSpan.FromMilliseconds(50) },
            },
            backend);

        var answer = await proxy.AskAsync(Ask);

        answer.Status.ShouldBe(504);
        answer.Text.ShouldStartWith("{\"error\":\"Gateway timeout");
        // None when the time was up before the backend had read the head.
        backend.Count.ShouldBeLessThanOrEqualTo(1);
        await proxy.DrainedAsync();
    }

    [Theory]
    [InlineData("Content-Length: 100\r\n\r\nhello")]
    [InlineData("Content-Length: 100\r\n\r\n")]
    [InlineData("Content-Length: 1000000\r\n\r\nhello")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")]
    public async Task BodyThatStalls_EndsTheClientAndCountsOut(string rest)
    {
        using var backend = new RawBackend(async exchange =>
        {
            await exchange.SendAsync("HTTP/1.1 200 OK\r\n" + rest);
            await exchange.Reader.DrainAsync();
        });
        await using var proxy = await ProxyHarness.StartAsync(
            pool => pool with { Timeouts = new TimeoutOptions { Idle = TimeSpan.FromMilliseconds(50) } }, backend);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(Ask);
        var all = await client.Reader.ReadToEndAsync();

        all.ShouldNotEndWith("0\r\n\r\n");
        await proxy.DrainedAsync();
    }

    [Fact]
    public async Task RequestBodyThatStalls_EndsAndCountsOut()
    {
        using var backend = new RawBackend(exchange => exchange.Reader.DrainAsync(), readsBodies: false);
        await using var proxy = await ProxyHarness.StartAsync(
            pool => pool with { Timeouts = new TimeoutOptions { Idle = TimeSpan.FromMilliseconds(50) } }, backend);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\npart");

        answer.Status.ShouldBe(408);
        await proxy.DrainedAsync();
    }

    [Fact]
    public async Task Stop_WhileRequestsRun_CountsOut()
    {
        var arrived = new TestSignal("the request at the backend");
        using var backend = new RawBackend(async exchange =>
        {
            arrived.Set();
            await exchange.Reader.DrainAsync();
        });
        await using var proxy = await ProxyHarness.StartAsync(backend);
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(Ask);
        await arrived.WaitAsync();

        await proxy.StopAtOnceAsync();

        proxy.Active.ShouldBe(0);
    }

    [Fact]
    public async Task Upgrade_ClosedByTheClient_CountsOut()
    {
        var goodbye = Frames.CloseOf(1000, isMasked: true);
        using var backend = WebSocketBackend(async exchange =>
        {
            (await exchange.Reader.ReadExactlyAsync(goodbye.Length)).ShouldBe(goodbye);
            await exchange.SendAsync(Frames.CloseOf(1000, isMasked: false));
            await exchange.CloseAsync();
        });
        await using var proxy = await StartForOneAsync(backend);
        using var client = await UpgradeAsync(proxy);

        await client.SendAsync(goodbye);

        (await client.Reader.ReadExactlyAsync(4)).ShouldBe(Frames.CloseOf(1000, isMasked: false));
        await ShouldBeCountedOutAsync(proxy);
    }

    [Fact]
    public async Task Upgrade_ResetByTheBackend_CountsOut()
    {
        var reset = new TestSignal("the order to reset");
        using var backend = WebSocketBackend(async exchange =>
        {
            await reset.WaitAsync();
            await exchange.ResetAsync();
        });
        await using var proxy = await StartForOneAsync(backend);
        using var client = await UpgradeAsync(proxy);

        reset.Set();

        await client.Reader.ReadToEndAsync();
        await ShouldBeCountedOutAsync(proxy);
    }

    [Fact]
    public async Task Upgrade_AbortedByTheClient_CountsOutAndStopsTheBackend()
    {
        var stopped = new TestSignal("the end of the backend's connection");
        using var backend = WebSocketBackend(async exchange =>
        {
            await exchange.Reader.DrainAsync();
            stopped.Set();
        });
        await using var proxy = await StartForOneAsync(backend);
        var client = await UpgradeAsync(proxy);

        client.Reset();

        await stopped.WaitAsync();
        await ShouldBeCountedOutAsync(proxy);
    }

    [Fact]
    public async Task Upgrade_WithoutAByteForTooLong_CountsOut()
    {
        using var backend = WebSocketBackend(exchange => exchange.Reader.DrainAsync());
        await using var proxy = await StartForOneAsync(backend, TimeSpan.FromMilliseconds(200));
        using var client = await proxy.ConnectAsync();

        (await client.AskAsync(Upgrade)).Status.ShouldBe(101);
        (await client.Reader.ReadExactlyAsync(4)).ShouldBe(Frames.CloseOf(1001, isMasked: false));

        await ShouldBeCountedOutAsync(proxy);
    }

    /// <summary>A backend that takes each upgrade, and answers all else.</summary>
    private static RawBackend WebSocketBackend(Func<RawExchange, Task> talk) => new(async exchange =>
    {
        if (exchange.Header("Sec-WebSocket-Key") is not { } key)
        {
            await exchange.SendAsync(RawBackend.Ok());
            return;
        }

        await exchange.SendAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + $"Sec-WebSocket-Accept: {WebSocketHandshake.AcceptOf(key)}\r\n\r\n");
        await talk(exchange);
    });

    /// <summary>A proxy whose backend takes one request at a time, so that the next one waits for the end of an
    /// upgraded connection: the stop of the proxy, which ends it too, would hide that it goes on.</summary>
    private static Task<ProxyHarness> StartForOneAsync(RawBackend backend, TimeSpan? tunnel = null) =>
        ProxyHarness.StartAsync(
            pool => pool with
            {
                Limits = new LimitOptions { RequestsPerBackend = 1, QueueWait = TestSignal.Guard },
                Timeouts = new TimeoutOptions { Tunnel = tunnel ?? TimeSpan.FromHours(1) },
            },
            backend);

    private static async Task<RawClient> UpgradeAsync(ProxyHarness proxy)
    {
        var client = await proxy.ConnectAsync();
        (await client.AskAsync(Upgrade)).Status.ShouldBe(101);
        proxy.Active.ShouldBe(1);
        return client;
    }

    private static async Task ShouldBeCountedOutAsync(ProxyHarness proxy)
    {
        (await proxy.AskAsync(Ask)).Status.ShouldBe(200);
        await proxy.DrainedAsync();
    }
}
