using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Proxying.Forwarding;

public sealed class ForwardingTests
{
    [Fact]
    public async Task Get_PassesBothWays()
    {
        using var backend = RawBackend.Answering("hello", "X-From: backend\r\n");
        await using var proxy = await ProxyHarness.StartAsync(backend);

        var answer = await proxy.AskAsync("GET /a?b=c HTTP/1.1\r\nHost: example.org\r\nX-To: backend\r\n\r\n");

        answer.Status.ShouldBe(200);
        answer.Text.ShouldBe("hello");
        answer.Header("X-From").ShouldBe("backend");
        answer.Header("x-backend-id").ShouldBe("b1");
        answer.Header("x-backend").ShouldBe(backend.Url.ToString().TrimEnd('/'));
        backend.Single.RequestLine.ShouldBe("GET /a?b=c HTTP/1.1");
        backend.Single.Header("Host").ShouldBe("example.org");
        backend.Single.Header("X-To").ShouldBe("backend");
        backend.Single.Header("Via").ShouldBe("1.1 ActorBalancer");
        await proxy.DrainedAsync();
    }

    [Fact]
    public async Task Post_WithLength_KeepsIt()
    {
        using var backend = RawBackend.Answering();
        await using var proxy = await ProxyHarness.StartAsync(backend);

        var answer = await proxy.AskAsync(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nbody");

        answer.Text.ShouldBe("hello");
        backend.Single.Header("Content-Length").ShouldBe("4");
        backend.Single.Header("Content-Type").ShouldBe("text/plain");
        backend.Single.Header("Transfer-Encoding").ShouldBeNull();
        backend.Single.Text.ShouldBe("body");
    }

    [Fact]
    public async Task Post_Chunked_StaysChunked()
    {
        using var backend = RawBackend.Answering();
        await using var proxy = await ProxyHarness.StartAsync(backend);

        var answer = await proxy.AskAsync(
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");

        answer.Text.ShouldBe("hello");
        backend.Single.Header("Transfer-Encoding").ShouldBe("chunked");
        backend.Single.Header("Content-Length").ShouldBeNull();
        backend.Single.Text.ShouldBe("abcde");
    }

    [Fact]
    public async Task Post_Empty_KeepsLengthZero()
    {
        using var backend = RawBackend.Answering();
        await using var proxy = await ProxyHarness.StartAsync(backend);

        await proxy.AskAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Type: a/b\r\nContent-Length: 0\r\n\r\n");

        backend.Single.Header("Content-Length").ShouldBe("0");
        backend.Single.Header("Content-Type").ShouldBe("a/b");
    }

    [Fact]
    public async Task ManyRequests_OneClientConnection_UseOneBackendConnection()
    {
        using var backend = RawBackend.Answering();
        await using var proxy = await ProxyHarness.StartAsync(backend);
        using var client = await proxy.ConnectAsync();

        for (var i = 0; i < 5; i++)
            (await client.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Text.ShouldBe("hello");

        backend.Count.ShouldBe(5);
        backend.Connections.ShouldBe(1);
    }

    [Theory]
    [InlineData(60)]
    [InlineData(20_000)]
    [InlineData(1_000_000)]
    public async Task Answer_OfAnyLength_PassesWhole(int length)
    {
        var body = string.Concat(Enumerable.Range(0, length).Select(i => (char)('a' + (i % 26))));
        using var backend = RawBackend.Answering(body);
        await using var proxy = await ProxyHarness.StartAsync(backend);

        var answer = await proxy.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");

        answer.Header("Content-Length").ShouldBe(length.ToString());
        (answer.Text == body).ShouldBeTrue();
        await proxy.DrainedAsync();
    }

    [Fact]
    public async Task Answer_Chunked_PassesPieceByPiece()
    {
        var next = new SemaphoreSlim(0);
        using var backend = new RawBackend(async exchange =>
        {
            await exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n");
            foreach (var piece in new[] { "one", "two" })
            {
                await next.WaitAsync();
                await exchange.SendAsync($"3\r\n{piece}\r\n");
            }

            await next.WaitAsync();
            await exchange.SendAsync("0\r\n\r\n");
        });
        await using var proxy = await ProxyHarness.StartAsync(backend);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");

        // Each piece is let go only when the client has all before it: the head comes before any body.
        var head = await client.Reader.ReadHeadAsync();
        WireReader.Header(head!, "Transfer-Encoding").ShouldBe("chunked");
        foreach (var piece in new[] { "one", "two" })
        {
            next.Release();
            System.Text.Encoding.ASCII.GetString((await client.Reader.ReadExactlyAsync(8))!)
                .ShouldBe($"3\r\n{piece}\r\n");
        }

        next.Release();
        (await client.Reader.ReadExactlyAsync(5))!.ShouldBe("0\r\n\r\n"u8.ToArray());
    }

    [Fact]
    public async Task Answer_WithoutLength_EndsWithTheConnection()
    {
        using var backend = new RawBackend(async exchange =>
        {
            await exchange.SendAsync("HTTP/1.0 200 OK\r\n\r\nhello");
            await exchange.CloseAsync();
        });
        await using var proxy = await ProxyHarness.StartAsync(backend);

        (await proxy.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Text.ShouldBe("hello");
    }

    [Theory]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 200, "5")]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 200, null)]
    [InlineData("GET", "HTTP/1.1 204 No Content\r\n\r\n", 204, null)]
    [InlineData("GET", "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n", 304, null)]
    [InlineData("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", 304, "7")]
    [InlineData("GET", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
        + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, "0")]
    public async Task Answer_WithoutBody_LeavesConnectionFit(string method, string said, int status, string? length)
    {
        using var backend = new RawBackend(said);
        await using var proxy = await ProxyHarness.StartAsync(backend);
        using var client = await proxy.ConnectAsync();

        for (var i = 0; i < 2; i++)
        {
            var answer = await client.AskAsync($"{method} / HTTP/1.1\r\nHost: a\r\n\r\n");

            answer.Status.ShouldBe(status);
            answer.Header("Content-Length").ShouldBe(length);
        }

        backend.Connections.ShouldBe(1);
    }
}
