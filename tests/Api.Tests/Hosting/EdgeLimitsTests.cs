using ActorBalancer.Api.Tests.Tasks;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Hosting;

/// <summary>Requests that are too much, or no requests: refused with 4xx, never with 5xx.</summary>
public sealed class EdgeLimitsTests(EdgeFixture fixture) : IClassFixture<EdgeFixture>
{
    private readonly EdgeHarness _edge = fixture.Edge;

    [Theory]
    [InlineData(33 * 1024)]
    [InlineData(64 * 1024)]
    public async Task Get_HeaderTooLong_Gets431(int size) =>
        (await SendAsync($"GET /health HTTP/1.1\r\nHost: h\r\nX-A: {new string('a', size)}\r\n\r\n"))
            .Status.ShouldBe(431);

    [Fact]
    public async Task Get_HeadersTooLongTogether_Gets431()
    {
        var headers = string.Concat(Enumerable.Range(0, 40).Select(i => $"X-{i}: {new string('a', 900)}\r\n"));

        (await SendAsync($"GET /health HTTP/1.1\r\nHost: h\r\n{headers}\r\n")).Status.ShouldBe(431);
    }

    [Theory]
    [InlineData(99, 200)]
    [InlineData(100, 431)]
    [InlineData(5000, 431)]
    public async Task Get_ManyHeaders_GetTheirLimit(int besidesHost, int status)
    {
        var headers = string.Concat(Enumerable.Range(0, besidesHost).Select(i => $"X-{i}: a\r\n"));

        (await SendAsync($"GET /health HTTP/1.1\r\nHost: h\r\n{headers}\r\n")).Status.ShouldBe(status);
    }

    [Fact]
    public async Task Get_LongLine_Gets414() =>
        (await SendAsync($"GET /{new string('a', 9 * 1024)} HTTP/1.1\r\nHost: h\r\n\r\n")).Status.ShouldBe(414);

    [Theory]
    [InlineData("TRACE /task HTTP/1.1\r\nHost: h\r\n\r\n", 405)]
    [InlineData("TRACE /nowhere HTTP/1.1\r\nHost: h\r\n\r\n", 405)]
    [InlineData("CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n", 405)]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", 404)]
    [InlineData("GET http://h/health HTTP/1.1\r\nHost: h\r\n\r\n", 200)]
    [InlineData("GET http://other/health HTTP/1.1\r\nHost: h\r\n\r\n", 400)]
    [InlineData("GET /health HTTP/1.0\r\n\r\n", 200)]
    [InlineData("GET /health HTTP/1.1\r\n\r\n", 400)]
    [InlineData("GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400)]
    [InlineData("GET /health HTTP/1.1\r\nHost: a b\r\n\r\n", 400)]
    [InlineData("GET /health HTTP/2.0\r\nHost: h\r\n\r\n", 505)]
    [InlineData("GET /health HTTP/9.9\r\nHost: h\r\n\r\n", 505)]
    [InlineData("GET /health\r\n\r\n", 400)]
    [InlineData("GET  /health HTTP/1.1\r\nHost: h\r\n\r\n", 400)]
    [InlineData("get /health HTTP/1.1\r\nHost: h\r\n\r\n", 405)]
    [InlineData("G@T /health HTTP/1.1\r\nHost: h\r\n\r\n", 400)]
    [InlineData("GET health HTTP/1.1\r\nHost: h\r\n\r\n", 405)]
    [InlineData("GET /heal\0th HTTP/1.1\r\nHost: h\r\n\r\n", 400)]
    [InlineData("GET /heal%00th HTTP/1.1\r\nHost: h\r\n\r\n", 400)]
    [InlineData("GET /%ff HTTP/1.1\r\nHost: h\r\n\r\n", 404)]
    [InlineData("GET /\u00e9 HTTP/1.1\r\nHost: h\r\n\r\n", 400)]
    [InlineData("GET /health HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n", 400)]
    [InlineData("GET /health HTTP/1.1\r\nHost: h\r\nX : a\r\n\r\n", 400)]
    [InlineData("GET /health HTTP/1.1\r\nHost: h\r\n X: a\r\n\r\n", 400)]
    [InlineData("GET /health HTTP/1.1\r\nHost: h\r\nX\r\n\r\n", 400)]
    [InlineData("GET /health HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400)]
    [InlineData("GET /health HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n", 400)]
    [InlineData("POST /task HTTP/1.1\r\nHost: h\r\n\r\n", 401)]
    [InlineData("POST /task HTTP/1.0\r\n\r\n", 400)]
    [InlineData("POST /task HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: foo\r\n\r\n", 400)]
    [InlineData("GET //task HTTP/1.1\r\nHost: h\r\n\r\n", 404)]
    [InlineData("GET /task;x=y HTTP/1.1\r\nHost: h\r\n\r\n", 404)]
    [InlineData("GET /task%2f HTTP/1.1\r\nHost: h\r\n\r\n", 404)]
    [InlineData("GET / HTTP/1.1\r\nHost: h\r\n\r\n", 404)]
    [InlineData("\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\r\n\r\n", 400)]
    public async Task Send_OddRequest_IsAnsweredInOrder(string request, int status)
    {
        var answer = await SendAsync(request);

        answer.Status.ShouldBe(status);
        _edge.Log.Lines.ShouldBeEmpty();
    }

    private async Task<EdgeAnswer> SendAsync(string request)
    {
        using var connection = await _edge.ConnectAsync();
        await connection.SendAsync(request);
        return await connection.ReadAsync();
    }
}
