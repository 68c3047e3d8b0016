using System.Net;
using System.Text;
using ActorBalancer.Api.Tests.Hosting;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Tasks;

public sealed class TaskStreamAnswerTests : IAsyncLifetime
{
    private const string Body = """{"group":"g","function":"f","contract":1,"mode":"stream"}""";

    private EdgeHarness _edge = null!;

    public async ValueTask InitializeAsync() => _edge = await EdgeHarness.StartAsync();

    public ValueTask DisposeAsync() => _edge.DisposeAsync();

    [Fact]
    public async Task Post_Stream_PartsComeAsTheWorkerSendsThem()
    {
        var stream = Script(new ScriptedStream { StatusToGive = 206, TypeToGive = "text/x-parts; a=b" });
        stream.Send("one\n"u8);

        using var response = await SendAsync();
        await using var content = await response.Content.ReadAsStreamAsync();

        // The second part is sent only after the first has come: nothing is gathered.
        (await ReadAsync(content, 4)).ShouldBe("one\n");
        stream.Send("two\n"u8);
        (await ReadAsync(content, 4)).ShouldBe("two\n");
        stream.End();
        (await content.ReadAsync(new byte[1])).ShouldBe(0);
        response.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
        response.Content.Headers.ContentType!.ToString().ShouldBe("text/x-parts; a=b");
        response.Headers.GetValues("X-Accel-Buffering").ShouldBe(["no"]);
        response.Headers.GetValues("x-task-id").ShouldBe([ScriptedBalancer.Id.ToString()]);
        await stream.Disposed.WaitAsync();
        _edge.Balancer.Requests.ShouldHaveSingleItem().Options.Mode.ShouldBe(TaskMode.Stream);
    }

    [Fact]
    public async Task Post_LargeStream_ComesByteForByte()
    {
        var sent = new byte[3_000_001];
        new Random(7).NextBytes(sent);
        var stream = Script(new ScriptedStream());
        stream.Send(sent);
        stream.End();

        using var response = await SendAsync();

        (await response.Content.ReadAsByteArrayAsync()).ShouldBe(sent);
    }

    [Fact]
    public async Task Post_StreamWithoutBytes_IsAnEmptyAnswer()
    {
        var stream = Script(new ScriptedStream { TypeToGive = null });
        stream.End();

        using var response = await SendAsync();

        (await response.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
        response.Content.Headers.ContentType!.ToString().ShouldBe("application/octet-stream");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Post_WorkerBreaksOff_ClientSeesABrokenConnection(bool afterFirstPart)
    {
        var stream = Script(new ScriptedStream());
        if (afterFirstPart)
            stream.Send("part"u8);
        stream.End(new IOException("The worker broke off."));

        var read = async () =>
        {
            using var response = await SendAsync();
            await response.Content.ReadAsByteArrayAsync();
        };

        await read.ShouldThrowAsync<HttpRequestException>();
        await stream.Disposed.WaitAsync();
        _edge.Log.Lines.ShouldBeEmpty();
    }

    [Fact]
    public async Task Post_ClientGoesWhileTheWorkerIsSilent_StreamIsEnded()
    {
        var stream = Script(new ScriptedStream());
        stream.Send("part"u8);
        var response = await SendAsync();
        var content = await response.Content.ReadAsStreamAsync();
        (await ReadAsync(content, 4)).ShouldBe("part");

        response.Dispose();

        await stream.Disposed.WaitAsync();
        _edge.Log.Lines.ShouldBeEmpty();
    }

    [Fact]
    public async Task Post_ClientGoesBeforeTheFirstByte_TheTaskIsCancelled()
    {
        var asked = new TestSignal("the task");
        var cancelled = new TestSignal("the cancellation");
        _edge.Balancer.RunScript = async (_, stop) =>
        {
            asked.Set();
            await using var registration = stop.Register(cancelled.Set);
            await cancelled.WaitAsync();
            return new TaskOutcome { Kind = TaskOutcomeKind.Cancelled };
        };
        using var connection = await _edge.ConnectAsync();
        await connection.SendAsync(
            $"POST /task HTTP/1.1\r\nHost: h\r\nAuthorization: {EdgeHarness.Key}\r\nx-wr-auth: k\r\n"
                + $"Content-Type: application/json\r\nContent-Length: {Body.Length}\r\n\r\n{Body}");
        await asked.WaitAsync();

        connection.Reset();

        await cancelled.WaitAsync();
    }

    [Fact]
    public async Task Post_ClientThatDoesNotRead_HoldsTheWorkerBack()
    {
        var stream = Script(new ScriptedStream { EndlessBytes = 16 * 1024 });
        var response = await SendAsync();
        await using var content = await response.Content.ReadAsStreamAsync();

        // The client takes 1 MB and stops: what the worker may be ahead is what the sockets and one pipe hold.
        await ReadAsync(content, 1_000_000);
        var ahead = await SettleAsync(stream);

        ahead.ShouldBeLessThan(32_000_000);
        response.Dispose();
        await stream.Disposed.WaitAsync();
    }

    [Theory]
    [InlineData(TaskOutcomeKind.NoWorker, 503)]
    [InlineData(TaskOutcomeKind.Failed, 500)]
    [InlineData(TaskOutcomeKind.Cancelled, 409)]
    public async Task Post_StreamThatNeverBegan_IsAnsweredAsASyncTaskIs(TaskOutcomeKind kind, int status)
    {
        _edge.Balancer.Script = _ => new(new TaskOutcome { Kind = kind });

        (await _edge.PostTaskAsync(Body)).Status.ShouldBe(status);
    }

    [Fact]
    public async Task Post_StreamedTaskThatSucceededAtOnce_IsAnsweredWhole()
    {
        // A repeated idempotency key: the answer is there.
        _edge.Balancer.Script = _ => new(
            new TaskOutcome { Kind = TaskOutcomeKind.Succeeded, Reply = Replies.Of("all", "text/plain") });

        (await _edge.PostTaskAsync(Body)).Text.ShouldBe("all");
    }

    private static async Task<string> ReadAsync(Stream content, int length)
    {
        var buffer = new byte[length];
        await content.ReadExactlyAsync(buffer);
        return Encoding.UTF8.GetString(buffer);
    }

    // The server's writes run on when the client rests, until the buffers are full; the count stands still then. Two
    // equal looks with a pass through the scheduler between them are that.
    private static async Task<long> SettleAsync(ScriptedStream stream)
    {
        var before = -1L;
        while (before != stream.BytesRead)
        {
            before = stream.BytesRead;
            for (var i = 0; i < 2_000; i++)
                await Task.Yield();
        }

        return before;
    }

    private ScriptedStream Script(ScriptedStream stream)
    {
        _edge.Balancer.Script = _ => new(new TaskOutcome
        {
            Kind = TaskOutcomeKind.Streaming,
            Stream = stream,
            TaskId = ScriptedBalancer.Id,
        });
        return stream;
    }

    private Task<HttpResponseMessage> SendAsync()
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/task")
        {
            Content = new StringContent(Body, Encoding.UTF8, "application/json"),
        };
        request.Headers.TryAddWithoutValidation("Authorization", EdgeHarness.Key);
        request.Headers.TryAddWithoutValidation("x-wr-auth", "k");
        return _edge.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }
}
