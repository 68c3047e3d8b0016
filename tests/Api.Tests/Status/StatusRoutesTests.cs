using System.Text;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Api.Status;
using ActorBalancer.Api.Tests.Hosting;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Status;

public sealed class StatusRoutesTests : IAsyncLifetime
{
    private readonly StatusRig _rig = new();
    private readonly CancellationTokenSource _stop = new();
    private EdgeHarness _edge = null!;

    public async ValueTask InitializeAsync() => _edge = await EdgeHarness.StartAsync(
        options => options with { StopTimeout = TimeSpan.FromSeconds(30) },
        _rig.Time,
        endpoints => StatusRoutes.Map(endpoints, _rig.Board, _stop.Token));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _edge.DisposeAsync();
        _rig.Dispose();
        _stop.Dispose();
    }

    [Theory]
    [InlineData("/status")]
    [InlineData("/status/history")]
    [InlineData("/alerts")]
    [InlineData("/events")]
    public async Task Get_WithoutKey_IsRefused(string path)
    {
        (await _edge.SendAsync("GET", path)).Status.ShouldBe(401);
        (await _edge.CallAsync("POST", path)).Status.ShouldBe(405);
    }

    [Theory]
    [InlineData("/status", "tasks")]
    [InlineData("/status/history", "points")]
    [InlineData("/alerts", "alerts")]
    public async Task Get_WithKey_IsJsonThatNobodyKeeps(string path, string member)
    {
        var answer = await _edge.CallAsync("GET", path);

        answer.Status.ShouldBe(200);
        answer.Header("Cache-Control").ShouldBe("no-store");
        answer.Json.TryGetProperty(member, out _).ShouldBeTrue();
        var head = await _edge.CallAsync("HEAD", path);
        head.Status.ShouldBe(200);
        head.Text.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("?topics=")]
    [InlineData("?topics=status,")]
    [InlineData("?topics=STATUS")]
    [InlineData("?topics=status&topics=queues")]
    [InlineData("?topics=news")]
    public async Task Events_UnknownTopic_IsRefused(string query)
    {
        var answer = await _edge.CallAsync("GET", "/events" + query);

        answer.Status.ShouldBe(400);
        answer.Json.GetProperty("code").GetString().ShouldBe("query_invalid");
        answer.Error.ShouldContain("status, history, queues, workers, proxy, nodes, alerts");
        _rig.Board.Hub.OpenCount.ShouldBe(0);
    }

    [Fact]
    public async Task Events_TopicsThatAreWanted_ComeAtOnceAndNoOthers()
    {
        using var response = await OpenAsync("?topics=status,queues");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(), Encoding.UTF8);

        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        string[] names = [(await ReadAsync(reader))[0], (await ReadAsync(reader))[0]];
        names.ShouldBe(["event: status", "event: queues"], ignoreOrder: true);
    }

    [Fact]
    public async Task Events_Silence_IsBrokenByAPing()
    {
        using var response = await OpenAsync("?topics=alerts");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(), Encoding.UTF8);
        await _rig.Time.WaitForTimerAsync(ServerSentEvents.PingInterval);

        _rig.Time.Advance(ServerSentEvents.PingInterval);

        (await ReadAsync(reader)).ShouldBe([": ping"]);
    }

    [Fact]
    public async Task Events_MoreStreamsThanMayBe_AreRefusedUntilOneGoes()
    {
        var open = new List<EventSubscriber>();
        for (var number = 0; number < EventHub.StreamsMax; number++)
            open.Add(_rig.Board.Hub.TryOpen(1)!);

        var answer = await _edge.CallAsync("GET", "/events");

        answer.Status.ShouldBe(503);
        answer.Json.GetProperty("code").GetString().ShouldBe("too_many_streams");
        answer.Header("Retry-After").ShouldBe("15");
        (await _edge.CallAsync("GET", "/status")).Json.GetProperty("streams").GetProperty("open").GetInt32()
            .ShouldBe(256);
        _rig.Board.Hub.Close(open[0]);
        using var response = await OpenAsync("");
        response.IsSuccessStatusCode.ShouldBeTrue();
    }

    [Fact]
    public async Task Events_ServerStops_TheStreamEndsInOrder()
    {
        using var response = await OpenAsync("?topics=alerts");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(), Encoding.UTF8);

        await _stop.CancelAsync();

        (await reader.ReadToEndAsync()).ShouldBeEmpty();
        await _rig.Time.WaitForNoTimersAsync();
        _rig.Board.Hub.OpenCount.ShouldBe(0);
        _edge.Log.Lines.ShouldBeEmpty();
    }

    [Fact]
    public async Task Events_Head_OpensNoStream()
    {
        var answer = await _edge.CallAsync("HEAD", "/events");

        answer.Status.ShouldBe(200);
        answer.Header("Content-Type").ShouldBe("text/event-stream");
        _rig.Board.Hub.OpenCount.ShouldBe(0);
    }

    // The lines up to the empty one.
    private static async Task<List<string>> ReadAsync(StreamReader reader)
    {
        var lines = new List<string>();
        while (await reader.ReadLineAsync().WaitAsync(TestSignal.Guard) is { Length: > 0 } line)
            lines.Add(line);
        return lines;
    }

    private Task<HttpResponseMessage> OpenAsync(string query)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/events" + query);
        request.Headers.TryAddWithoutValidation("Authorization", EdgeHarness.Key);
        return _edge.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }
}
