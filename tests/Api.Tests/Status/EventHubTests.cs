using System.Text;
using System.Text.Json;
using ActorBalancer.Api.Status;
using ActorBalancer.Engine.Alerts;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Status;

public sealed class EventHubTests : IDisposable
{
    private const int Nodes = 1 << (int)EventTopic.Nodes;

    private readonly StatusRig _rig = new();
    private string _body = "1";
    private int _builds;

    public EventHubTests() => _rig.Feed(EventTopic.Nodes, json =>
    {
        Interlocked.Increment(ref _builds);
        json.WriteRawValue(_body);
        return ValueTask.CompletedTask;
    });

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void Tick_NobodyLooks_MakesNothing()
    {
        _rig.Board.Start();

        _rig.Pass(30);

        _builds.ShouldBe(0);
    }

    [Fact]
    public async Task Tick_ManyStreams_ShareOneEvent()
    {
        var streams = Enumerable.Range(0, 20).Select(_ => _rig.Board.Hub.TryOpen(Nodes)!).ToArray();
        foreach (var stream in streams)
            (await NextAsync(stream)).ShouldBe("event: nodes\ndata: 1\n\n");
        var before = _builds;
        _rig.Board.Start();

        _body = "2";
        _rig.Pass(1);

        var waiting = new List<byte[]>();
        foreach (var stream in streams)
            waiting.Add((await TakeAsync(stream)).ToArray());
        waiting.ShouldAllBe(frame => Encoding.UTF8.GetString(frame) == "event: nodes\ndata: 2\n\n");
        (_builds - before).ShouldBe(1);
    }

    [Fact]
    public async Task Tick_NothingHasChanged_SendsNothing()
    {
        var stream = _rig.Board.Hub.TryOpen(Nodes)!;
        await NextAsync(stream);
        _rig.Board.Start();

        _rig.Pass(5);
        _builds.ShouldBe(6);
        stream.Reader.TryRead(out _).ShouldBeFalse();
        _body = "2";
        _rig.Pass(1);

        (await NextAsync(stream)).ShouldBe("event: nodes\ndata: 2\n\n");
    }

    [Fact]
    public async Task Tick_SlowReader_GetsTheNewestAlone()
    {
        var stream = _rig.Board.Hub.TryOpen(Nodes)!;
        _rig.Board.Start();
        for (var number = 2; number < 50; number++)
        {
            _body = $"{number}";
            _rig.Pass(1);
        }

        (await NextAsync(stream)).ShouldBe("event: nodes\ndata: 49\n\n");
        stream.Reader.TryRead(out _).ShouldBeFalse();
    }

    [Fact]
    public async Task TryOpen_LaterStream_GetsTheStateAtOnceWithoutABuild()
    {
        var first = _rig.Board.Hub.TryOpen(Nodes)!;
        await NextAsync(first);

        var second = _rig.Board.Hub.TryOpen(Nodes)!;

        (await NextAsync(second)).ShouldBe("event: nodes\ndata: 1\n\n");
        _builds.ShouldBe(1);
    }

    [Fact]
    public async Task TryOpen_AfterAllHadGone_GetsAFreshState()
    {
        var first = _rig.Board.Hub.TryOpen(Nodes)!;
        await NextAsync(first);
        _rig.Board.Hub.Close(first);
        _body = "2";

        var second = _rig.Board.Hub.TryOpen(Nodes)!;

        (await NextAsync(second)).ShouldBe("event: nodes\ndata: 2\n\n");
    }

    [Fact]
    public async Task Tick_TopicFails_IsTriedAgain()
    {
        _body = "no JSON";
        var stream = _rig.Board.Hub.TryOpen(Nodes)!;
        _rig.Board.Start();
        _rig.Pass(1);
        stream.Reader.TryRead(out _).ShouldBeFalse();

        _body = "3";
        _rig.Pass(1);

        (await NextAsync(stream)).ShouldBe("event: nodes\ndata: 3\n\n");
        _rig.Log.Text.ShouldContain("No event of topic Nodes");
    }

    [Fact]
    public async Task Tick_DearTopic_IsMadeLessOften()
    {
        _rig.Feed(EventTopic.Proxy, json =>
        {
            Interlocked.Increment(ref _builds);
            _rig.Time.Advance(TimeSpan.FromMilliseconds(200));
            json.WriteNumberValue(_builds);
            return ValueTask.CompletedTask;
        });
        var stream = _rig.Board.Hub.TryOpen(1 << (int)EventTopic.Proxy)!;
        await NextAsync(stream);
        _rig.Board.Start();

        _rig.Pass(40);

        // A fifth of a second of work is done every four seconds.
        _builds.ShouldBeInRange(9, 12);
    }

    [Fact]
    public async Task Tick_LargeTopic_IsSentLessOften()
    {
        var number = 0;
        _rig.Feed(EventTopic.Workers, json =>
        {
            json.WriteStringValue(new string('x', 4 * 1024 * 1024) + number++);
            return ValueTask.CompletedTask;
        });
        var streams = Enumerable.Range(0, 10)
            .Select(_ => _rig.Board.Hub.TryOpen(1 << (int)EventTopic.Workers)!).ToArray();
        await NextAsync(streams[0]);
        _rig.Board.Start();

        _rig.Pass(20);

        // Forty megabytes a time at eight a second.
        number.ShouldBeInRange(4, 6);
    }

    [Fact]
    public async Task Send_Alert_GoesToAllAsItHappens()
    {
        var stream = _rig.Board.Hub.TryOpen(1 << (int)EventTopic.Alerts)!;
        var other = _rig.Board.Hub.TryOpen(Nodes)!;
        await NextAsync(other);

        Raise(1);
        Raise(2);

        (await NextAsync(stream)).ShouldStartWith("event: alert\ndata: {\"at\":\"2030-01-01T00:00:00.000Z\",\"kind\":");
        (await NextAsync(stream)).ShouldContain("\"backend\":\"b2\"");
        other.Reader.TryRead(out _).ShouldBeFalse();
    }

    [Fact]
    public void Send_AlertsToAReaderThatStands_AreBounded()
    {
        var stream = _rig.Board.Hub.TryOpen(1 << (int)EventTopic.Alerts)!;

        for (var number = 0; number < 1000; number++)
            Raise(number);

        var count = 0;
        while (stream.Reader.TryRead(out var waiting))
        {
            stream.Take(waiting);
            count++;
        }

        count.ShouldBe(32);
        Raise(5);
        stream.Reader.TryRead(out _).ShouldBeTrue();
    }

    [Fact]
    public async Task Send_Point_ComesWithEachStep()
    {
        var stream = _rig.Board.Hub.TryOpen(1 << (int)EventTopic.History)!;
        _rig.Board.Start();

        _rig.Pass(5);

        (await NextAsync(stream)).ShouldStartWith("event: point\ndata: {\"at\":\"2030-01-01T00:00:05.000Z\",");
    }

    [Fact]
    public async Task Tick_Status_ComesEverySecond()
    {
        var stream = _rig.Board.Hub.TryOpen(1 << (int)EventTopic.Status)!;
        _rig.Board.Start();
        await NextAsync(stream);

        _rig.Pass(1);
        var second = await NextAsync(stream);

        second.ShouldContain("\"streams\":{\"open\":1}");
        using var body = JsonDocument.Parse(second.Split("data: ")[1]);
        body.RootElement.GetProperty("at").GetString().ShouldBe("2030-01-01T00:00:01.000Z");
    }

    private void Raise(int number) => _rig.Events.Publish(new Alert(
        AlertKind.BackendDown, "p", $"b{number}", "http://b", null, "why", _rig.Time.GetUtcNow()));

    private static async Task<string> NextAsync(EventSubscriber stream) =>
        Encoding.UTF8.GetString((await TakeAsync(stream)).Span);

    private static async Task<ReadOnlyMemory<byte>> TakeAsync(EventSubscriber stream)
    {
        var waiting = await stream.Reader.ReadAsync().AsTask().WaitAsync(TestSignal.Guard);
        return stream.Take(waiting).ToArray();
    }
}
