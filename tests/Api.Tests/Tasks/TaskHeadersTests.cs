using ActorBalancer.Api.Tests.Hosting;
using ActorBalancer.Engine.Tasks;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Tasks;

public sealed class TaskHeadersTests(EdgeFixture fixture) : IClassFixture<EdgeFixture>
{
    private const string Body = """{"group":"g","function":"f","contract":1}""";

    private readonly EdgeHarness _edge = fixture.Edge;

    [Theory]
    [InlineData("application/json")]
    [InlineData("APPLICATION/Json")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("application/json;charset=\"UTF-8\"")]
    [InlineData("application/json; x=y; charset=Utf-8")]
    [InlineData("application/vnd.task+json")]
    [InlineData("application/problem+json; charset=utf-8")]
    public async Task Post_ContentTypeOfJson_IsTaken(string type)
    {
        var answer = await _edge.PostTaskAsync(Body, request => SetContentHeader(request, "Content-Type", type));

        answer.Status.ShouldBe(200);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("text/plain")]
    [InlineData("text/json-not")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/json; charset=iso-8859-1")]
    [InlineData("application/json; charset=utf-8; charset=utf-16")]
    [InlineData("application/json, text/plain")]
    [InlineData("application/jsonx")]
    [InlineData("application/json-seq")]
    [InlineData("json")]
    public async Task Post_OtherContentType_Gets415(string? type)
    {
        var before = _edge.Balancer.Requests.Count;

        var answer = await _edge.PostTaskAsync(Body, request => SetContentHeader(request, "Content-Type", type));

        answer.Status.ShouldBe(415);
        answer.Error.ShouldContain("'Content-Type'");
        answer.Code.ShouldBe("content_type_unsupported");
        _edge.Balancer.Requests.Count.ShouldBe(before);
    }

    [Theory]
    [InlineData("gzip", 415)]
    [InlineData("br", 415)]
    [InlineData("deflate, identity", 415)]
    [InlineData("x", 415)]
    [InlineData("identity", 200)]
    [InlineData("Identity", 200)]
    public async Task Post_ContentEncoding_OnlyIdentityIsTaken(string encoding, int status)
    {
        var answer = await _edge.PostTaskAsync(
            Body, request => SetContentHeader(request, "Content-Encoding", encoding));

        answer.Status.ShouldBe(status);
        if (status == 415)
            answer.Header("Accept-Encoding").ShouldBe("identity");
    }

    [Theory]
    [InlineData("KEY", "KEY")]
    [InlineData("Bearer KEY", "Bearer KEY")]
    [InlineData("bearer  a b", "bearer  a b")]
    [InlineData("cl\u00e9\u00ff", "cl\u00e9\u00ff")]
    public async Task Post_WorkerKey_IsPassedOnAsItCame(string sent, string passedOn)
    {
        var answer = await PostRawAsync($"x-wr-auth: {sent}\r\n");

        answer.Status.ShouldBe(200);
        _edge.Balancer.Requests.Last().WorkerKey.ShouldBe(passedOn);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x-wr-auth:\r\n")]
    [InlineData("x-wr-auth:   \r\n")]
    [InlineData("x-wr-auth: Bearer\r\n")]
    [InlineData("x-wr-auth: Bearer \r\n")]
    public async Task Post_NoWorkerKey_Gets400(string header)
    {
        var answer = await PostRawAsync(header);

        answer.Status.ShouldBe(400);
        answer.Code.ShouldBe("header_missing");
        answer.Error.ShouldContain("'x-wr-auth'");
    }

    [Theory]
    [InlineData("x-wr-auth: a\u0007b\r\n", "'x-wr-auth'")]
    [InlineData("x-wr-auth: a\u007fb\r\n", "'x-wr-auth'")]
    [InlineData("x-wr-auth: a\u001bb\r\n", "'x-wr-auth'")]
    [InlineData("x-wr-auth: a\tb\r\n", "'x-wr-auth'")]
    [InlineData("x-wr-auth: a\r\nx-wr-auth: a\r\n", "'x-wr-auth'")]
    [InlineData("x-wr-auth: a\r\nX-WR-Auth: b\r\n", "'x-wr-auth'")]
    [InlineData("x-wr-auth: a\r\nx-lb-auth: a\u0001\r\n", "'x-lb-auth'")]
    public async Task Post_HeaderThatCouldBreakALine_Gets400(string headers, string named)
    {
        var before = _edge.Balancer.Requests.Count;

        var answer = await PostRawAsync(headers);

        answer.Status.ShouldBe(400);
        answer.Code.ShouldBe("header_invalid");
        answer.Error.ShouldContain(named);
        _edge.Balancer.Requests.Count.ShouldBe(before);
        _edge.Log.Lines.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("authorization control byte", "Authorization: a\u0007\r\n", 400)]
    [InlineData("authorization not ASCII", "Authorization: \u00e9\r\n", 401)]
    public async Task Post_BalancerKeyOutOfRange_IsRefused(string name, string header, int status)
    {
        using var connection = await _edge.ConnectAsync();

        await connection.SendAsync($"POST /task HTTP/1.1\r\nHost: h\r\n{header}Content-Length: 0\r\n\r\n");

        (await connection.ReadAsync()).Status.ShouldBe(status, name);
    }

    [Theory]
    [InlineData(200, true)]
    [InlineData(400, false)]
    public async Task Post_NoWorkerKey_IsTakenWhenTheEngineKnowsThoseOfTheQueue(int status, bool hasKeys)
    {
        await using var edge = await EdgeHarness.StartAsync();
        edge.Balancer.HasKeysScript = key => key == new QueueKey("g", 1) && hasKeys;

        var answer = await edge.PostTaskAsync(Body, request => request.Headers.Remove("x-wr-auth"));

        answer.Status.ShouldBe(status);
        if (status == 200)
            edge.Balancer.Requests.ShouldHaveSingleItem().WorkerKey.ShouldBeNull();
    }

    private static void SetContentHeader(HttpRequestMessage request, string name, string? value)
    {
        request.Content!.Headers.Remove(name);
        if (value is not null)
            request.Content.Headers.TryAddWithoutValidation(name, value);
    }

    private async Task<EdgeAnswer> PostRawAsync(string headers)
    {
        using var connection = await _edge.ConnectAsync();
        await connection.SendAsync(
            $"POST /task HTTP/1.1\r\nHost: h\r\nAuthorization: {EdgeHarness.Key}\r\n{headers}"
                + $"Content-Type: application/json\r\nContent-Length: {Body.Length}\r\n\r\n{Body}");
        return await connection.ReadAsync();
    }
}
