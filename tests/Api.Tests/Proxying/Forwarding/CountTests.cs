using ActorBalancer.Engine.Proxying.Options;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Proxying.Forwarding;

/// <summary>However a request ends, its backend counts it out.</summary>
public sealed class CountTests
{
    private const string Ask = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

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
        backend.Count.ShouldBe(1);
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
}
