using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Proxying.Forwarding;

/// <summary>What passes, and what does not.</summary>
public sealed class HeaderTests
{
    /// <summary>Odd but right request targets.</summary>
    public static TheoryData<string> Targets =>
    [
        "/a/..%2fx", "/%2F", "/a%2fb%2Fc", "/%41", "/a/./b/../c", "//x;y", "/..;/x", "//", "/a//b", "/?", "/?a?b=c/d",
        "/a?b=%2f%20+&c", "/%e2%82%ac", "/%E2%82%AC", "/a%20b", "/'()*!$&,;=:@", "/~user", "/a|b", "/a\"b", "/<a>",
        "/{a}", "/a^b`c", "/a\\b", "/%25", "/%zz", "/a%", "/a.", "/.", "/..", "/a/..", "/../../etc/passwd",
        "/:80", "/http://b/", "/a?http://b/#".TrimEnd('#'), "/index.html?x[]=1&x[]=2",
    ];

    /// <summary>Odd but right header lines.</summary>
    public static TheoryData<string, string> Lines => new()
    {
        { "X-Tab", "a\tb" },
        { "X-Latin", "caf\u00e9 \u00ff\u0080" },
        { "X-Quotes", "\"a,b\";q=\"\\\"\"" },
        { "X-Empty", "" },
        { "X_Under.score~!#$%&'*+^`|", "a" },
        { "X-Long", new string('a', 8000) },
        { "Cookie", "a=b; c=\"d e\"; e=f,g" },
        { "User-Agent", "Mozilla/5.0 (X11; (nested)) a/b {}" },
        { "Accept", "*/*;q=0.8,,text/html" },
        { "Accept-Language", "de_DE" },
        { "If-None-Match", "*, W/\"x\", abc" },
        { "If-Modified-Since", "yesterday" },
        { "Range", "bytes=0-,-5" },
        { "Authorization", "raw-key-without-scheme" },
        { "Referer", "not a uri \\ at all" },
        { "From", "nobody" },
        { "Max-Forwards", "many" },
        { "Date", "now" },
        { "Warning", "bad" },
        { "Pragma", "x" },
        { "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" },
        { "X-Request-ID", "r-1" },
        { "Origin", "null" },
        { "DNT", "1" },
    };

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task Target_PassesByteForByte(string target)
    {
        using var backend = RawBackend.Answering();
        await using var proxy = await ProxyHarness.StartAsync(backend);

        (await proxy.AskAsync($"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n")).Status.ShouldBe(200);

        backend.Single.RequestLine.ShouldBe($"GET {target} HTTP/1.1");
    }

    [Theory]
    [InlineData("http://a/b?c", "/b?c")]
    [InlineData("http://a", "/")]
    [InlineData("http://a?b", "/?b")]
    public async Task AbsoluteTarget_IsReducedToItsPath(string target, string path)
    {
        using var backend = RawBackend.Answering();
        await using var proxy = await ProxyHarness.StartAsync(backend);

        (await proxy.AskAsync($"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n")).Status.ShouldBe(200);

        backend.Single.RequestLine.ShouldBe($"GET {path} HTTP/1.1");
    }

    [Fact]
    public async Task BackendPath_ComesBeforeTheTarget()
    {
        using var backend = RawBackend.Answering();
        await using var proxy = await ProxyHarness.StartAsync(null, new Uri(backend.Url, "/app/"));

        await proxy.AskAsync("GET /x%2f?y HTTP/1.1\r\nHost: a\r\n\r\n");

        backend.Single.RequestLine.ShouldBe("GET /app/x%2f?y HTTP/1.1");
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task Header_PassesByteForByteBothWays(string name, string value)
    {
        using var backend = RawBackend.Answering("", $"{name}: {value}\r\n");
        await using var proxy = await ProxyHarness.StartAsync(backend);

        var answer = await proxy.AskAsync($"GET / HTTP/1.1\r\nHost: a\r\n{name}: {value}\r\n\r\n");

        answer.Status.ShouldBe(200);
        backend.Single.Head.ShouldContain($"\r\n{name}: {value}\r\n");
        answer.Head.ShouldContain($"\r\n{name}: {value}\r\n");
    }

    [Theory]
    [InlineData("PROPFIND")]
    [InlineData("M-SEARCH")]
    [InlineData("PATCH")]
    [InlineData("OPTIONS")]
    public async Task Method_PassesAsItIs(string method)
    {
        using var backend = RawBackend.Answering();
        await using var proxy = await ProxyHarness.StartAsync(backend);

        (await proxy.AskAsync($"{method} / HTTP/1.1\r\nHost: a\r\n\r\n")).Status.ShouldBe(200);

        backend.Single.RequestLine.ShouldBe($"{method} / HTTP/1.1");
    }

    [Fact]
    public async Task HopByHopHeaders_OfRequest_DoNotPass()
    {
        using var backend = RawBackend.Answering();
        await using var proxy = await ProxyHarness.StartAsync(backend);

        await proxy.AskAsync("GET / HTTP/1.1\r\nHost: a\r\nKeep-Alive: 5\r\nProxy: evil\r\nProxy-Authorization: a\r\n"
            + "Proxy-Connection: a\r\nTE: trailers\r\n"
            + "Trailer: X\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA\r\nExpect: 100-continue\r\nX-Kept: 1\r\n\r\n");

        backend.Single.Head.Split("\r\n").Skip(1).Select(line => line.Split(':')[0])
            .Where(name => name.Length > 0 && name != "Forwarded"
                && !name.StartsWith("X-Forwarded", StringComparison.Ordinal))
            .ShouldBe(["Host", "X-Kept", "Via"], ignoreOrder: true);
    }

    [Theory]
    [InlineData("X-Mine")]
    [InlineData("X-Other, X-Mine")]
    [InlineData("X-Other\r\nConnection: X-Mine")]
    public async Task ConnectionThatNamesHeader_RemovesIt(string connection)
    {
        using var backend = RawBackend.Answering();
        await using var proxy = await ProxyHarness.StartAsync(backend);

        await proxy.AskAsync($"GET / HTTP/1.1\r\nHost: a\r\nConnection: {connection}\r\nX-Mine: 1\r\n\r\n");

        backend.Single.Header("X-Mine").ShouldBeNull();
    }

    [Theory]
    [InlineData("Authorization", "secret")]
    [InlineData("Cookie", "a=b")]
    [InlineData("Origin", "http://a")]
    public async Task ConnectionThatNamesEndToEndHeader_DoesNotRemoveIt(string name, string value)
    {
        using var backend = RawBackend.Answering();
        await using var proxy = await ProxyHarness.StartAsync(backend);

        await proxy.AskAsync($"GET / HTTP/1.1\r\nHost: a\r\nConnection: close, {name}\r\n{name}: {value}\r\n\r\n");

        backend.Single.Header(name).ShouldBe(value);
    }

    [Fact]
    public async Task ConnectionThatNamesHostAndLength_ChangesNothing()
    {
        using var backend = RawBackend.Answering();
        await using var proxy = await ProxyHarness.StartAsync(backend);

        await proxy.AskAsync("POST / HTTP/1.1\r\nHost: a\r\nConnection: Host, Content-Length, Content-Type\r\n"
            + "Content-Type: a/b\r\nContent-Length: 2\r\n\r\nab");

        backend.Single.Header("Host").ShouldBe("a");
        backend.Single.Header("Content-Type").ShouldBe("a/b");
        backend.Single.Text.ShouldBe("ab");
    }

    [Fact]
    public async Task Expect_IsAnsweredHere()
    {
        using var backend = RawBackend.Answering();
        await using var proxy = await ProxyHarness.StartAsync(backend);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
        (await client.Reader.ReadHeadAsync())!.ShouldStartWith("HTTP/1.1 100 ");
        await client.SendAsync("ab");

        (await client.ReadAsync()).Status.ShouldBe(200);
        backend.Single.Header("Expect").ShouldBeNull();
        backend.Single.Text.ShouldBe("ab");
    }

    [Fact]
    public async Task HopByHopHeaders_OfAnswer_DoNotPass()
    {
        using var backend = RawBackend.Answering("hello", "Connection: X-Mine\r\nX-Mine: 1\r\nKeep-Alive: timeout=5\r\n"
            + "Proxy-Authenticate: a\r\nUpgrade: h2c\r\nTrailer: X\r\nX-Kept: 1\r\nx-backend: http://inner\r\n"
            + "X-Backend-Id: forged\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nServer: s\r\nDate: then\r\n");
        await using var proxy = await ProxyHarness.StartAsync(
            pool => pool with { ExposeBackend = false }, backend);

        var answer = await proxy.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");

        answer.Head.Split("\r\n").Skip(1).Where(line => line.Length > 0).ShouldBe(
            ["Content-Length: 5", "X-Kept: 1", "Set-Cookie: a=1", "Set-Cookie: b=2", "Server: s", "Date: then"],
            ignoreOrder: true);
    }

    [Fact]
    public async Task Host_NotPreserved_IsTheBackends()
    {
        using var backend = RawBackend.Answering();
        await using var proxy = await ProxyHarness.StartAsync(pool => pool with { PreserveHost = false }, backend);

        await proxy.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");

        backend.Single.Header("Host").ShouldBe(backend.Url.Authority);
    }

    [Theory]
    [InlineData("GET / HTTP/1.0\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost:\r\n\r\n")]
    public async Task Host_ThatIsNotThere_IsTheBackends(string request)
    {
        using var backend = RawBackend.Answering();
        await using var proxy = await ProxyHarness.StartAsync(backend);

        (await proxy.AskAsync(request)).Status.ShouldBe(200);

        backend.Single.Head.Split("\r\n").Count(line => line.StartsWith("Host:", StringComparison.Ordinal)).ShouldBe(1);
        backend.Single.Header("Host").ShouldBe(backend.Url.Authority);
    }

    [Theory]
    [InlineData("Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA")]
    [InlineData("Upgrade: foo")]
    [InlineData("Upgrade: TLS/1.0")]
    public async Task Upgrade_ToAnythingElse_IsAPlainRequest(string lines)
    {
        using var backend = RawBackend.Answering();
        await using var proxy = await ProxyHarness.StartAsync(backend);

        var answer = await proxy.AskAsync($"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n{lines}\r\n\r\n");

        answer.Status.ShouldBe(200);
        answer.Text.ShouldBe("hello");
        backend.Single.Header("Upgrade").ShouldBeNull();
        backend.Single.Header("Connection").ShouldBeNull();
    }
}
