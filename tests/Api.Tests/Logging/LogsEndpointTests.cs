using System.Text;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Api.Logging;
using ActorBalancer.Api.Tests.Hosting;
using ActorBalancer.Testing;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Logging;

public sealed class LogsEndpointTests
{
    [Fact]
    public async Task Get_Filtered_ListsTheLinesThatPass()
    {
        await using var edge = await EdgeHarness.StartAsync();
        edge.Logs.Add(LogEntries.Of("one apple", LogLevel.Warning));
        edge.Logs.Add(LogEntries.Of("two apples", LogLevel.Error));
        edge.Logs.Add(LogEntries.Of("three apples"));

        var answer = await edge.CallAsync("GET", "/logs?level=warn&contains=APPLE&lines=1");

        answer.Status.ShouldBe(200);
        answer.Json.GetProperty("logs").EnumerateArray().Select(static line => line.GetString())
            .ShouldBe(["[2026-01-02T03:04:05.678Z] [INFO] two apples"]);
    }

    [Theory]
    [InlineData("follow=yes", "follow")]
    [InlineData("follow=", "follow")]
    [InlineData("follow=true&follow=true", "follow")]
    [InlineData("level=loud", "level")]
    [InlineData("level=1", "level")]
    [InlineData("contains=", "contains")]
    [InlineData("lines=-1", "lines")]
    [InlineData("lines=10001", "lines")]
    [InlineData("lines=ten", "lines")]
    [InlineData("follow=true&lines=1.5", "lines")]
    public async Task Get_WrongParameter_Is400ThatNamesIt(string query, string member)
    {
        await using var edge = await EdgeHarness.StartAsync();

        var answer = await edge.CallAsync("GET", $"/logs?{query}");

        answer.Status.ShouldBe(400);
        answer.Json.GetProperty("code").GetString().ShouldBe("query_invalid");
        answer.Json.GetProperty("member").GetString().ShouldBe(member);
    }

    [Fact]
    public async Task Get_LongContains_Is400()
    {
        await using var edge = await EdgeHarness.StartAsync();

        (await edge.CallAsync("GET", $"/logs?contains={new string('x', 257)}")).Status.ShouldBe(400);
    }

    [Fact]
    public async Task Follow_LinesBeforeAndAfter_ComeAsEvents()
    {
        await using var edge = await EdgeHarness.StartAsync();
        edge.Logs.Add(LogEntries.Of("old"));
        edge.Logs.Add(LogEntries.Of("before", LogLevel.Error));
        using var stream = await OpenAsync(edge, "follow=true&lines=1&contains=e");

        edge.Logs.Add(LogEntries.Of("nothing"));
        edge.Logs.Add(LogEntries.Of("after <b>\" é", LogLevel.Debug, "t1", "4bf9"));

        stream.Type.ShouldBe("text/event-stream");
        (await stream.ReadAsync(2)).ShouldBe([
            """line {"at":"2026-01-02T03:04:05.678Z","level":"error","message":"before","taskId":null,"traceId":null,"""
                + "\"category\":\"test\"}",
            """line {"at":"2026-01-02T03:04:05.678Z","level":"debug","message":"after <b>\" é","taskId":"t1","""
                + "\"traceId\":\"4bf9\",\"category\":\"test\"}",
        ]);
    }

    [Fact]
    public async Task Follow_ReaderGoes_IsLetGo()
    {
        await using var edge = await EdgeHarness.StartAsync();
        var stream = await OpenAsync(edge, "follow=true");
        edge.Logs.FollowerCount.ShouldBe(1);

        stream.Dispose();

        await EventuallyAsync(() => edge.Logs.FollowerCount == 0);
    }

    [Fact]
    public async Task Follow_ServerStops_StreamEndsInOrder()
    {
        await using var edge = await EdgeHarness.StartAsync(
            static options => options with { StopTimeout = TestSignal.Guard });
        using var stream = await OpenAsync(edge, "follow=true");

        await edge.StopAsync();

        (await stream.ReadToEndAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Follow_QuietLog_IsPinged()
    {
        var time = new ManualTimeProvider();
        await using var edge = await EdgeHarness.StartAsync(time: time);
        using var stream = await OpenAsync(edge, "follow=true");
        await time.WaitForTimerAsync(ServerSentEvents.PingInterval);

        time.Advance(TimeSpan.FromSeconds(15));

        (await stream.ReadLineAsync()).ShouldBe(": ping");
    }

    [Fact]
    public async Task Follow_SlowReader_IsToldHowManyItSkipped()
    {
        await using var edge = await EdgeHarness.StartAsync();
        using var connection = await edge.ConnectAsync();
        await connection.SendAsync(
            $"GET /logs?follow=true HTTP/1.1\r\nHost: h\r\nAuthorization: {EdgeHarness.Key}\r\n\r\n");
        await EventuallyAsync(() => edge.Logs.FollowerCount == 1);

        // Far more than the buffers of both sides hold, while nobody reads.
        var big = new string('x', 8000);
        for (var line = 0; line < 3000; line++)
            edge.Logs.Add(LogEntries.Of(big));

        await connection.ReadUntilAsync("event: skipped\ndata: {\"count\":");
    }

    [Fact]
    public async Task Follow_TooMany_Is503()
    {
        await using var edge = await EdgeHarness.StartAsync();
        var all = Enumerable.Range(0, LogRing.FollowersMax)
            .Select(_ => edge.Logs.TryFollow(new LogFilter(), 0)).ToList();

        var answer = await edge.CallAsync("GET", "/logs?follow=true");

        answer.Status.ShouldBe(503);
        answer.Json.GetProperty("code").GetString().ShouldBe("too_many_streams");
        all.ForEach(static follower => follower!.Dispose());
    }

    [Fact]
    public async Task Follow_WithoutKey_Is401()
    {
        await using var edge = await EdgeHarness.StartAsync();

        (await edge.SendAsync("GET", "/logs?follow=true")).Status.ShouldBe(401);
        edge.Logs.FollowerCount.ShouldBe(0);
    }

    private static async Task EventuallyAsync(Func<bool> condition)
    {
        using var guard = new CancellationTokenSource(TestSignal.Guard);
        while (!condition())
            await Task.Delay(5, guard.Token);
    }

    private static async Task<EventStream> OpenAsync(EdgeHarness edge, string query)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/logs?{query}");
        request.Headers.TryAddWithoutValidation("Authorization", EdgeHarness.Key);
        var response = await edge.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        return new EventStream(response, new StreamReader(await response.Content.ReadAsStreamAsync(), Encoding.UTF8));
    }

    private sealed class EventStream(HttpResponseMessage response, StreamReader reader) : IDisposable
    {
        public string? Type => response.Content.Headers.ContentType?.MediaType;

        public Task<string?> ReadLineAsync() => reader.ReadLineAsync().WaitAsync(TestSignal.Guard);

        public Task<string> ReadToEndAsync() => reader.ReadToEndAsync().WaitAsync(TestSignal.Guard);

        /// <summary>The next events, each as its name and its data.</summary>
        public async Task<IReadOnlyList<string>> ReadAsync(int count)
        {
            var events = new List<string>();
            while (events.Count < count)
            {
                var name = await ReadLineAsync();
                var data = await ReadLineAsync();
                await ReadLineAsync();
                events.Add($"{name!["event: ".Length..]} {data!["data: ".Length..]}");
            }

            return events;
        }

        public void Dispose()
        {
            reader.Dispose();
            response.Dispose();
        }
    }
}
