using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Proxying.Forwarding;

/// <summary>Backends that break HTTP.</summary>
public sealed class BadAnswerTests
{
    private const string Ask = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private const string BadGateway = "{\"error\":\"Bad gateway \u2014 backend did not respond.\"}";

    [Theory]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\n")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: foo\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\u0007c\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\u007fc\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: \u001b[2J\r\n\r\nhello")]
    [InlineData("HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/3.7 200 OK\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("SSH-2.0-OpenSSH\r\n")]
    [InlineData("hello\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nno colon here\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nX-A: b")]
    public async Task Answer_ThatIsBroken_Is502AndTheConnectionGoes(string said)
    {
        using var backend = new RawBackend(async exchange =>
        {
            await exchange.SendAsync(said);
            if (!said.EndsWith("\n\r\n", StringComparison.Ordinal))
                await exchange.CloseAsync();
        });
        await using var proxy = await ProxyHarness.StartAsync(backend);

        var answer = await proxy.AskAsync(Ask);

        answer.Status.ShouldBe(502);
        answer.Text.ShouldBe(BadGateway);
        answer.Header("Content-Type").ShouldBe("application/json; charset=utf-8");
        answer.Header("X-A").ShouldBeNull();
        backend.Count.ShouldBe(1);
        await proxy.DrainedAsync();
    }

    [Theory]
    [InlineData("Connection: Upgrade\r\nUpgrade: h2c\r\n")]
    [InlineData("Connection: Upgrade\r\nUpgrade: foo\r\n")]
    public async Task Upgrade_ThatWasNotPassedOn_OpensNoTunnel(string headers)
    {
        using var backend = new RawBackend("HTTP/1.1 101 Switching Protocols\r\n" + headers + "\r\nraw bytes");
        await using var proxy = await ProxyHarness.StartAsync(backend);

        var answer = await proxy.AskAsync($"GET / HTTP/1.1\r\nHost: a\r\n{headers}\r\n");

        answer.Status.ShouldBe(502);
        await proxy.DrainedAsync();
    }

    /// <summary>A part must never look like the whole.</summary>
    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", false)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", false)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", true)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", false)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", false)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", true)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n", false)]
    [InlineData("HTTP/1.1 200 OK\r\n\r\nhello", true)]
    public async Task Body_ThatBreaksOff_AbortsTheClient(string said, bool isReset)
    {
        using var backend = new RawBackend(async exchange =>
        {
            await exchange.SendAsync(said);
            await (isReset ? exchange.ResetAsync() : exchange.CloseAsync());
        });
        await using var proxy = await ProxyHarness.StartAsync(backend);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(Ask);
        var all = await client.Reader.ReadToEndAsync();

        all.ShouldNotEndWith("0\r\n\r\n");
        if (all.Length > 0 && all.StartsWith("HTTP/1.1 200", StringComparison.Ordinal))
            (client.Reader.WasReset || !all.EndsWith("hello", StringComparison.Ordinal)
                || all.Contains("Content-Length: 10") || all.Contains("chunked")).ShouldBeTrue(all);
        await proxy.DrainedAsync();
    }

    [Fact]
    public async Task Answer_BeforeTheRequestEnds_IsNotTakenForTheNextOne()
    {
        using var backend = new RawBackend(RawBackend.Ok("one") + RawBackend.Ok("two"));
        await using var proxy = await ProxyHarness.StartAsync(backend);
        using var client = await proxy.ConnectAsync();

        (await client.AskAsync(Ask)).Text.ShouldBe("one");
        (await client.AskAsync(Ask)).Text.ShouldBe("one");

        backend.Connections.ShouldBe(2);
    }

    [Fact]
    public async Task NobodyListens_Is502()
    {
        await using var proxy = await ProxyHarness.StartAsync(null, RawBackend.Nobody());

        var answer = await proxy.AskAsync(Ask);

        answer.Status.ShouldBe(502);
        answer.Text.ShouldBe(BadGateway);
        await proxy.DrainedAsync();
    }
}
