using System.Net;
using System.Text;
using System.Threading.Channels;
using ActorBalancer.Actors;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Api.Tests.Hosting;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Tasks;

public sealed class EventsEndpointTests : IAsyncLifetime
{
    private static readonly string Path = $"/task/{ScriptedBalancer.Id}/events";

    private readonly ManualTimeProvider _time = new();
    private readonly Channel<TaskEvent> _events = Channel.CreateUnbounded<TaskEvent>();
    private readonly TestSignal _left = new("the reader's end");
    private EdgeHarness _edge = null!;

    public async ValueTask InitializeAsync()
    {
        _edge = await EdgeHarness.StartAsync(
            options => options with { StopTimeout = TimeSpan.FromSeconds(30) }, _time);
        _edge.Balancer.FollowScript = (_, _) => new TaskFollower(TaskAnswerKind.Done, _events.Reader, _left.Set);
    }

    public ValueTask DisposeAsync() => _edge.DisposeAsync();

    [Fact]
    public async Task Get_EventsThatCome_AreSentOneByOneUntilTheLast()
    {
        using var response = await SendAsync();
        using var reader = await ReaderAsync(response);

        // The head is there before any event is.
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.ToString().ShouldBe("text/event-stream");
        response.Headers.GetValues("Cache-Control").ShouldBe(["no-store"]);
        response.Headers.GetValues("X-Accel-Buffering").ShouldBe(["no"]);
        Send(0, TaskEventKind.Queued, """{"taskId":"x"}""");
        (await ReadAsync(reader)).ShouldBe(["id: 0", "event: queued", """data: {"taskId":"x"}"""]);
        Send(7, TaskEventKind.Started, null);
        (await ReadAsync(reader)).ShouldBe(["id: 7", "event: started", "data: null"]);
        Send(8, TaskEventKind.Chunk, "\"a\"");
        Send(9, TaskEventKind.Progress, "50");
        Send(10, TaskEventKind.Retrying, "{}");
        Send((1L << 53) - 1, TaskEventKind.Completed, """{"state":"succeeded"}""");
        (await ReadAsync(reader))[1].ShouldBe("event: chunk");
        (await ReadAsync(reader))[1].ShouldBe("event: progress");
        (await ReadAsync(reader))[1].ShouldBe("event: retrying");
        (await ReadAsync(reader)).ShouldBe(
            ["id: 9007199254740991", "event: completed", """data: {"state":"succeeded"}"""]);

        // The channel is still open: the last event ends the stream.
        (await reader.ReadToEndAsync()).ShouldBeEmpty();
        await _left.WaitAsync();
    }

    [Fact]
    public async Task Get_TheResultIsNotWanted_TellsOfOutputWithoutShowingIt()
    {
        Send(1, TaskEventKind.Chunk, "\"secret\"");
        Send(2, TaskEventKind.Completed, """{"taskId":"x","state":"succeeded","result":{"a":1e999}}""");

        using var response = await SendAsync("?result=false");
        using var reader = await ReaderAsync(response);

        (await ReadAsync(reader)).ShouldBe(["id: 1", "event: chunk", "data: null"]);
        (await ReadAsync(reader)).ShouldBe(
            ["id: 2", "event: completed", """data: {"taskId":"x","state":"succeeded"}"""]);
    }

    [Fact]
    public async Task Get_ManyEventsThatWait_AllComeInOrder()
    {
        for (var i = 0; i < 1000; i++)
            Send(i, TaskEventKind.Chunk, $"{i}");
        Send(1000, TaskEventKind.Failed, "{}");

        using var response = await SendAsync();
        var text = await response.Content.ReadAsStringAsync();

        text.Split('\n').Where(line => line.StartsWith("id: ", StringComparison.Ordinal))
            .ShouldBe(Enumerable.Range(0, 1001).Select(i => $"id: {i}"));
        text.ShouldEndWith("id: 1000\nevent: failed\ndata: {}\n\n");
    }

    [Theory]
    [InlineData("{\n  \"a\": 1\n}", "{|  \"a\": 1|}")]
    [InlineData("[1,\r\n2,\r3]", "[1,|2,|3]")]
    [InlineData("1\n", "1|")]
    [InlineData("\n1", "|1")]
    [InlineData("\"\\n : id: 5 \u2028 é\"", "\"\\n : id: 5 \u2028 é\"")]
    public async Task Get_DataWithLineEnds_IsSplitSoThatReadersJoinIt(string data, string lines)
    {
        Send(1, TaskEventKind.Completed, data);

        using var response = await SendAsync();
        var text = await response.Content.ReadAsStringAsync();

        text.ShouldBe($"id: 1\nevent: completed\n{string.Concat(lines.Split('|').Select(line => $"data: {line}\n"))}\n");
    }

    [Fact]
    public async Task Get_Silence_IsBrokenByAPingEveryFifteenSeconds()
    {
        using var response = await SendAsync();
        using var reader = await ReaderAsync(response);
        await _time.WaitForTimerAsync(ServerSentEvents.PingInterval);

        _time.Advance(TimeSpan.FromSeconds(14.9));
        Send(1, TaskEventKind.Started, "{}");
        (await ReadAsync(reader))[0].ShouldBe("id: 1");
        _time.Advance(TimeSpan.FromSeconds(0.1));
        (await ReadAsync(reader)).ShouldBe([": ping"]);
        _time.Advance(TimeSpan.FromSeconds(15));
        (await ReadAsync(reader)).ShouldBe([": ping"]);
        Send(2, TaskEventKind.Completed, "{}");

        (await ReadAsync(reader))[0].ShouldBe("id: 2");
        (await reader.ReadToEndAsync()).ShouldBeEmpty();
        await _time.WaitForNoTimersAsync();
    }

    [Theory]
    [InlineData(null, "", -1)]
    [InlineData("", "", -1)]
    [InlineData("0", "", 0)]
    [InlineData("9007199254740991", "", 9007199254740991)]
    [InlineData(null, "?lastEventId=5", 5)]
    [InlineData("6", "?lastEventId=5", 6)]
    public async Task Get_LastEventId_ReachesTheEngine(string? header, string query, long after)
    {
        _events.Writer.Complete();

        var answer = await _edge.CallAsync(
            "GET", Path + query, header is null ? [] : [("Last-Event-ID", header)]);

        answer.Status.ShouldBe(200);
        answer.Text.ShouldBeEmpty();
        _edge.Balancer.Orders.ShouldBe([$"follow {ScriptedBalancer.Id} {after}"]);
        await _left.WaitAsync();
    }

    [Theory]
    [InlineData("-1", "", "'Last-Event-ID'")]
    [InlineData("x", "", "'Last-Event-ID'")]
    [InlineData("9007199254740992", "", "'Last-Event-ID'")]
    [InlineData(null, "?lastEventId=", "'lastEventId'")]
    [InlineData(null, "?lastEventId=1&lastEventId=1", "'lastEventId'")]
    public async Task Get_WrongLastEventId_IsRefused(string? header, string query, string named)
    {
        var answer = await _edge.CallAsync("GET", Path + query, header is null ? [] : [("Last-Event-ID", header)]);

        answer.Status.ShouldBe(400);
        answer.Error.ShouldContain(named);
        _edge.Balancer.Orders.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(TaskAnswerKind.Unknown, 404)]
    [InlineData(TaskAnswerKind.Gone, 410)]
    public async Task Get_NoTask_SaysWhetherThereWasOne(TaskAnswerKind kind, int status)
    {
        _edge.Balancer.FollowScript = (_, _) => new TaskFollower(kind, null, null);

        (await _edge.CallAsync("GET", Path)).Status.ShouldBe(status);
    }

    [Fact]
    public async Task Get_EngineIsTooBusyToAnswer_Gets503AndALineInTheLog()
    {
        _edge.Balancer.FollowScript = (_, _) =>
            throw new AskTimeoutException("/user/queues", typeof(TaskFollower), TimeSpan.FromSeconds(5));

        var answer = await _edge.CallAsync("GET", Path);

        answer.Status.ShouldBe(503);
        answer.Code.ShouldBe("unavailable");
        answer.Header("Retry-After").ShouldBe("1");
        _edge.Log.Text.ShouldContain("'/user/queues' did not reply");
    }

    [Fact]
    public async Task Get_ReaderGoes_TheEngineIsTold()
    {
        var response = await SendAsync();

        response.Dispose();

        await _left.WaitAsync();
        await _time.WaitForNoTimersAsync();
        _edge.Log.Lines.ShouldBeEmpty();
    }

    [Fact]
    public async Task Get_ServerStops_TheStreamEndsInOrder()
    {
        using var response = await SendAsync();
        using var reader = await ReaderAsync(response);
        Send(1, TaskEventKind.Started, "{}");
        (await ReadAsync(reader))[0].ShouldBe("id: 1");

        await _edge.StopAsync();

        (await reader.ReadToEndAsync()).ShouldBeEmpty();
        await _left.WaitAsync();
        _edge.Log.Lines.ShouldBeEmpty();
    }

    private static async Task<StreamReader> ReaderAsync(HttpResponseMessage response) =>
        new(await response.Content.ReadAsStreamAsync(), Encoding.UTF8);

    // The lines up to the empty one.
    private static async Task<List<string>> ReadAsync(StreamReader reader)
    {
        var lines = new List<string>();
        while (await reader.ReadLineAsync() is { Length: > 0 } line)
            lines.Add(line);
        return lines;
    }

    private void Send(long id, TaskEventKind kind, string? data) => _events.Writer.TryWrite(
        new TaskEvent(id, kind, Snapshots.Moment, data is null ? null : Encoding.UTF8.GetBytes(data)));

    private Task<HttpResponseMessage> SendAsync(string query = "")
    {
        var request = new HttpRequestMessage(HttpMethod.Get, Path + query);
        request.Headers.TryAddWithoutValidation("Authorization", EdgeHarness.Key);
        return _edge.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }
}
