using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Proxying.Forwarding;

/// <summary>Requests that two readers could understand in two ways. None may reach a backend, and the connection must
/// not carry what follows them as a second request.</summary>
public sealed class BadInputTests
{
    private const string Smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

    /// <summary>What is refused, and with what status.</summary>
    public static TheoryData<string, string, int> Refused => new()
    {
        { "bell in value", "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\u0007c\r\n\r\n", 400 },
        { "delete in value", "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\u007fc\r\n\r\n", 400 },
        { "escape in value", "GET / HTTP/1.1\r\nHost: a\r\nX-A: \u001b[31m\r\n\r\n", 400 },
        { "NUL in value", "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\0c\r\n\r\n", 400 },
        { "control in host", "GET / HTTP/1.1\r\nHost: a\u0001\r\n\r\n", 400 },
        { "control in known header", "GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: \u0001\r\n\r\n", 400 },
        { "control in hop-by-hop header", "GET / HTTP/1.1\r\nHost: a\r\nKeep-Alive: \u0001\r\n\r\n", 400 },
        { "bare CR in value", "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\rX-B: c\r\n\r\n", 400 },
        { "bare LF in head", "GET / HTTP/1.1\nHost: a\n\n", 400 },
        { "bare LF after one header", "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\nX-B: c\r\n\r\n", 400 },
        { "bare LF at the end", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400 },
        { "name with a control", "GET / HTTP/1.1\r\nHost: a\r\nX\u0001A: b\r\n\r\n", 400 },
        { "name with a bracket", "GET / HTTP/1.1\r\nHost: a\r\nX(A: b\r\n\r\n", 400 },
        { "space before colon", "GET / HTTP/1.1\r\nHost: a\r\nX-A : b\r\n\r\n", 400 },
        { "tab before colon", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length\t: 5\r\n\r\n", 400 },
        { "space before the first name", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400 },
        { "folded header", "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n", 400 },
        {
            "folded transfer coding",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", 400
        },
        { "no name", "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", 400 },
        { "no colon", "GET / HTTP/1.1\r\nHost: a\r\nabc\r\n\r\n", 400 },
        { "no host", "GET / HTTP/1.1\r\n\r\n", 400 },
        { "two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400 },
        { "absolute target of another host", "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
        { "version 0.9", "GET /\r\n\r\n", 400 },
        { "version 1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505 },
        { "version 2.0 as text", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505 },
        { "space in target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
        { "control in target", "GET /a\u0001b HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
        { "fragment in target", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
        { "byte above ASCII in target", "GET /\u00e9 HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
        { "NUL in path", "GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
        { "asterisk", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
        { "two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400 },
        { "same length twice", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na", 400 },
        { "list of lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\na", 400 },
        { "length with plus", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\na", 400 },
        { "length minus zero", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -0\r\n\r\n", 400 },
        { "length in hex", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\na", 400 },
        { "length with an underscore", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1_0\r\n\r\na", 400 },
        { "length empty", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", 400 },
        { "length of 20 digits", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 00000000000000000001\r\n\r\na", 400 },
        { "length of 40 digits", $"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {new string('1', 40)}\r\n\r\na", 400 },
        { "length beyond 64 bits", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999999999999999\r\n\r\na", 400 },
        {
            "length and coding",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400
        },
        {
            "coding and length",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400
        },
        {
            "coding twice",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400
        },
        {
            "coding twice in a list",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400
        },
        {
            "identity then chunked",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n", 400
        },
        { "gzip then chunked", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400 },
        {
            "chunked then identity",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400
        },
        { "unknown coding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400 },
        {
            "coding with a tab before its end",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \u000bchunked\r\n\r\n0\r\n\r\n", 400
        },
        { "coding in quotes", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n", 400 },
        { "coding of a GET", "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: foo\r\n\r\n", 400 },
        {
            "coding in HTTP/1.0",
            "POST / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400
        },
        { "method in small letters", "get / HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
        { "scheme in capitals", "GET HTTP://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
        { "TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405 },
        { "CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", 405 },
        { "request line of 9 KB", $"GET /{new string('a', 9000)} HTTP/1.1\r\nHost: a\r\n\r\n", 414 },
        { "header of 33 KB", $"GET / HTTP/1.1\r\nHost: a\r\nX-A: {new string('a', 33_000)}\r\n\r\n", 431 },
        {
            "101 headers",
            $"GET / HTTP/1.1\r\nHost: a\r\n{string.Concat(Enumerable.Range(0, 101).Select(i => $"X-{i}: a\r\n"
                + $""))}\r\n", 431
        },
        { "body over the limit", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 30000001\r\n\r\n", 413 },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Request_ThatIsUnclear_IsRefusedAndReachesNobody(string what, string request, int status)
    {
        using var backend = RawBackend.Answering();
        await using var proxy = await ProxyHarness.StartAsync(backend);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync(request);

        answer.Status.ShouldBe(status, what);
        backend.Count.ShouldBe(0, what);
        proxy.Active.ShouldBe(0);
    }

    /// <summary>Refusals of our own, which say why; Kestrel's have no body.</summary>
    [Theory]
    [InlineData(
        "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\u0007c\r\n\r\n",
        "A header holds a character that is not allowed.")]
    [InlineData("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", "This method does not pass a proxy.")]
    [InlineData("GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", "The request target holds a character that is not allowed.")]
    [InlineData(
        "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "The length of the body is not clear.")]
    public async Task Refusal_SaysWhy(string request, string why)
    {
        using var backend = RawBackend.Answering();
        await using var proxy = await ProxyHarness.StartAsync(backend);

        var answer = await proxy.AskAsync(request);

        answer.Text.ShouldBe($$"""{"error":"{{why}}"}""");
        answer.Header("Content-Type").ShouldBe("application/json; charset=utf-8");
    }

    /// <summary>After such a request nothing on the connection is believed.</summary>
    [Theory]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"
        + "\r\n0\r\n\r\n")]
    [InlineData("POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\na")]
    [InlineData("GET / HTTP/1.1\nHost: a\n\n")]
    public async Task UnclearFraming_EndsTheConnection(string request)
    {
        using var backend = RawBackend.Answering();
        await using var proxy = await ProxyHarness.StartAsync(backend);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(request + Smuggled);
        var all = await client.Reader.ReadToEndAsync();

        all.ShouldStartWith("HTTP/1.1 400 ");
        all.Split("HTTP/1.1 ").Length.ShouldBe(2, all);
        backend.Count.ShouldBe(0);
    }

    /// <summary>The body is what tells that the chunks are broken, so a backend may have seen the head. It must never
    /// see a whole body or a second request.</summary>
    [Theory]
    [InlineData("5;\nabc\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5\nhello\r\n0\r\n\r\n")]
    [InlineData("5 \nhello\r\n0\r\n\r\n")]
    [InlineData("0x5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("+5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("-5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("FFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5\r\nhelloXX0\r\n\r\n")]
    [InlineData("5\r\nhello\n0\r\n\r\n")]
    [InlineData("g\r\nhello\r\n0\r\n\r\n")]
    [InlineData("\r\nhello\r\n0\r\n\r\n")]
    public async Task BrokenChunks_NeverMakeARequest(string body)
    {
        using var backend = RawBackend.Answering();
        await using var proxy = await ProxyHarness.StartAsync(backend);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync($"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{body}{Smuggled}");
        var all = await client.Reader.ReadToEndAsync();

        if (all.Length > 0)
            all.ShouldStartWith("HTTP/1.1 400 ");
        all.Split("HTTP/1.1 ").Length.ShouldBeLessThanOrEqualTo(2, all);
        await proxy.DrainedAsync();
        backend.Exchanges.ShouldAllBe(seen => seen.Body == null && !seen.Head.Contains("smuggled"));
    }

    [Fact]
    public async Task Body_BeyondTheLimitInChunks_Is413()
    {
        using var backend = RawBackend.Answering();
        await using var proxy = await ProxyHarness.StartAsync(
            pool => pool with { Limits = pool.Limits with { RequestBodyMax = 10 } }, backend);

        var exact = await proxy.AskAsync(
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n");
        var over = await proxy.AskAsync(
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n0123456789a\r\n0\r\n\r\n");

        exact.Status.ShouldBe(200);
        over.Status.ShouldBe(413);
        over.Text.ShouldBe("""{"error":"The body of the request is too large."}""");
        backend.Exchanges.Count(seen => seen.Body is not null).ShouldBe(1);
        await proxy.DrainedAsync();
    }
}
