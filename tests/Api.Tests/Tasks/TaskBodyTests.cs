using System.Globalization;
using System.IO.Compression;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using ActorBalancer.Api.Tasks;
using ActorBalancer.Api.Tests.Hosting;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Tasks;

public sealed class TaskBodyTests
{
    private const int Limit = 300_000;

    private static readonly string Head =
        $"POST /task HTTP/1.1\r\nHost: h\r\nAuthorization: {EdgeHarness.Key}\r\nx-wr-auth: k\r\n"
            + "Content-Type: application/json\r\n";

    [Theory]
    [InlineData(50)]
    [InlineData(64 * 1024)]
    [InlineData((64 * 1024) + 1)]
    [InlineData(200_000)]
    [InlineData(Limit)]
    public async Task Post_BodyUpToTheLimit_IsTakenWhole(int size)
    {
        await using var edge = await StartAsync();
        var body = BodyOf(size);

        using var connection = await edge.ConnectAsync();
        await connection.SendAsync($"{Head}Content-Length: {size}\r\n\r\n{body}");
        var known = await connection.ReadAsync();
        await connection.SendAsync($"{Head}Transfer-Encoding: chunked\r\n\r\n{Chunked(body, 7777)}");
        var chunked = await connection.ReadAsync();

        known.Text.ShouldBe(body);
        chunked.Text.ShouldBe(body);
        edge.Balancer.Requests.Select(request => request.Body.Length).ShouldBe([size, size]);
    }

    [Fact]
    public async Task Post_LengthBeyondTheLimit_Gets413BeforeAnyOfTheBody()
    {
        await using var edge = await StartAsync();
        using var connection = await edge.ConnectAsync();

        await connection.SendAsync($"{Head}Content-Length: {Limit + 1}\r\n\r\n");

        var answer = await connection.ReadAsync();
        ShouldBeTooLarge(answer);
        edge.Balancer.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("99999999999")]
    [InlineData("9223372036854775807")]
    public async Task Post_LengthBeyondAnyBody_Gets413(string length)
    {
        await using var edge = await StartAsync();
        using var connection = await edge.ConnectAsync();

        await connection.SendAsync($"{Head}Content-Length: {length}\r\n\r\n");

        ShouldBeTooLarge(await connection.ReadAsync());
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(Limit)]
    public async Task Post_ChunksBeyondTheLimit_Gets413BeforeTheEnd(int limit)
    {
        await using var edge = await StartAsync(limit);
        using var connection = await edge.ConnectAsync();

        var chunks = Chunked(BodyOf(limit + 1), 8192);
        await connection.SendAsync($"{Head}Transfer-Encoding: chunked\r\n\r\n{chunks[..^5]}");

        ShouldBeTooLarge(await connection.ReadAsync(), limit);
        edge.Balancer.Requests.ShouldBeEmpty();
        edge.Log.Lines.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(99_999, true)]
    [InlineData(100_000, true)]
    [InlineData(100_001, false)]
    [InlineData(250_000, false)]
    public async Task ReadAsync_LargeBodyThatGoesOn_IsHeldToTheLimitByItsSum(int size, bool isTaken)
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        var body = RandomNumberGenerator.GetBytes(size);
        var cancellation = TestContext.Current.CancellationToken;

        // The first part alone is too much to be left in the pipe, so that the reading has gone over to its other
        // way by the time that the second part comes.
        await pipe.Writer.WriteAsync(body.AsMemory(0, 70_000), cancellation);
        var reading = TaskBody.ReadAsync(pipe.Reader, 100_000);
        await pipe.Writer.WriteAsync(body.AsMemory(70_000), cancellation);
        await pipe.Writer.CompleteAsync();

        (await reading).ShouldBe(isTaken ? body : null);
    }

    [Fact]
    public async Task Post_ChunksOfOneByte_AreBoundedByTheirFramingToo()
    {
        await using var edge = await StartAsync();
        using var connection = await edge.ConnectAsync();

        await connection.SendAsync($"{Head}Transfer-Encoding: chunked\r\n\r\n{Chunked(BodyOf(Limit), 1)}");

        var answer = await connection.ReadAsync();
        answer.Status.ShouldBe(413);
        answer.Code.ShouldBe("body_too_large");
        edge.Balancer.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Post_ExpectContinue_IsAskedForTheBodyOnlyWhenItIsWanted()
    {
        await using var edge = await StartAsync();
        var body = BodyOf(50);
        using var wanted = await edge.ConnectAsync();
        using var unwanted = await edge.ConnectAsync();

        await wanted.SendAsync($"{Head}Expect: 100-continue\r\nContent-Length: 50\r\n\r\n");
        var goOn = await wanted.ReadAsync();
        await wanted.SendAsync(body);
        var answer = await wanted.ReadAsync();
        await unwanted.SendAsync($"{Head}Expect: 100-continue\r\nContent-Length: {Limit + 1}\r\n\r\n");
        var refused = await unwanted.ReadAsync();

        goOn.Status.ShouldBe(100);
        answer.Status.ShouldBe(200);
        ShouldBeTooLarge(refused);
    }

    [Fact]
    public async Task Post_BodyInPieces_IsPutTogether()
    {
        await using var edge = await StartAsync();
        var body = BodyOf(100_000);
        using var connection = await edge.ConnectAsync();

        await connection.SendAsync($"{Head}Content-Length: {body.Length}\r\n\r\n");
        foreach (var piece in body.Chunk(997))
            await connection.SendAsync(new string(piece));

        (await connection.ReadAsync()).Text.ShouldBe(body);
    }

    [Theory]
    [InlineData("zz\r\n{}\r\n0\r\n\r\n")]
    [InlineData("-1\r\n{}\r\n0\r\n\r\n")]
    [InlineData("2\r\n{}x\r\n0\r\n\r\n")]
    [InlineData("fffffffff\r\n{}\r\n0\r\n\r\n")]
    [InlineData("2;a=\nb\r\n{}\r\n0\r\n\r\n")]
    public async Task Post_BrokenChunks_Get400(string chunks)
    {
        await using var edge = await StartAsync();
        using var connection = await edge.ConnectAsync();

        await connection.SendAsync($"{Head}Transfer-Encoding: chunked\r\n\r\n{chunks}");

        var answer = await connection.ReadAsync();
        answer.Status.ShouldBe(400);
        answer.Error.ShouldBe("The body's framing is broken.");
        edge.Balancer.Requests.ShouldBeEmpty();
        edge.Log.Lines.ShouldBeEmpty();
    }

    [Fact]
    public async Task Post_ClientLeavesInsideTheBody_EngineIsNotAskedAndNothingIsLogged()
    {
        await using var edge = await StartAsync();
        for (var i = 0; i < 50; i++)
        {
            foreach (var start in new[] { "Content-Length: 50\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n32\r\n" })
            {
                using var closed = await edge.ConnectAsync();
                await closed.SendAsync($"{Head}{start}{BodyOf(50)[..20]}");
                using var reset = await edge.ConnectAsync();
                await reset.SendAsync($"{Head}{start}{BodyOf(50)[..20]}");
                reset.Reset();
            }
        }

        await edge.StopAsync();

        edge.Balancer.Requests.ShouldBeEmpty();
        edge.Log.Text.ShouldBeEmpty();
    }

    [Fact]
    public async Task Post_PackedBody_Gets415WhateverItWouldUnpackTo()
    {
        await using var edge = await StartAsync();
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
            gzip.Write(new byte[50_000_000]);

        var answer = await edge.PostTaskAsync(
            packed.ToArray(), request => request.Content!.Headers.ContentEncoding.Add("gzip"));

        answer.Status.ShouldBe(415);
        answer.Code.ShouldBe("content_encoding_unsupported");
    }

    private static Task<EdgeHarness> StartAsync(int limit = Limit) => EdgeHarness.StartAsync(
        options => options with { BodyBytesMax = limit, StopTimeout = TimeSpan.FromSeconds(30) });

    private static void ShouldBeTooLarge(EdgeAnswer answer, int limit = Limit)
    {
        answer.Status.ShouldBe(413);
        answer.Code.ShouldBe("body_too_large");
        answer.Error.ShouldBe($"The body is larger than the limit of {limit} bytes.");
        answer.Header("Connection").ShouldBe("close");
    }

    private static string BodyOf(int size)
    {
        const string Start = """{"group":"g","function":"f","contract":1""";
        return $"{Start}{new string(' ', size - Start.Length - 1)}}}";
    }

    private static string Chunked(string body, int size)
    {
        var chunks = new StringBuilder();
        foreach (var chunk in body.Chunk(size))
            chunks.Append(CultureInfo.InvariantCulture, $"{chunk.Length:x}\r\n").Append(chunk).Append("\r\n");
        return chunks.Append("0\r\n\r\n").ToString();
    }
}
