using ActorBalancer.Engine.Proxying.Options;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Proxying.Forwarding;

/// <summary>How often a request is sent, and where to.</summary>
public sealed class RetryTests
{
    private static readonly Func<RawExchange, Task> Closes = exchange => exchange.CloseAsync();
    private static readonly Func<RawExchange, Task> Resets = exchange => exchange.ResetAsync();

    /// <summary>The handler below would send a request without a body four times.</summary>
    [Theory]
    [InlineData("GET", false)]
    [InlineData("HEAD", false)]
    [InlineData("DELETE", false)]
    [InlineData("OPTIONS", false)]
    [InlineData("PUT", false)]
    [InlineData("POST", false)]
    [InlineData("GET", true)]
    [InlineData("DELETE", true)]
    [InlineData("POST", true)]
    public async Task NoAnswer_OnFreshConnection_IsSentOnce(string method, bool isReset)
    {
        using var backend = new RawBackend(isReset ? Resets : Closes);
        await using var proxy = await ProxyHarness.StartAsync(backend);

        var answer = await proxy.AskAsync($"{method} / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");

        answer.Status.ShouldBe(502);
        backend.Count.ShouldBe(1);
        await proxy.DrainedAsync();
        backend.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("GET", false)]
    [InlineData("HEAD", false)]
    [InlineData("DELETE", false)]
    [InlineData("POST", false)]
    [InlineData("GET", true)]
    [InlineData("DELETE", true)]
    public async Task NoAnswer_OnKeptConnection_IsSentOnce(string method, bool isReset)
    {
        var count = 0;
        using var backend = new RawBackend(exchange => Interlocked.Increment(ref count) == 1
            ? exchange.SendAsync(RawBackend.Ok())
            : isReset ? exchange.ResetAsync() : exchange.CloseAsync());
        await using var proxy = await ProxyHarness.StartAsync(backend);
        using var client = await proxy.ConnectAsync();

        (await client.AskAsync("GET /first HTTP/1.1\r\nHost: a\r\n\r\n")).Status.ShouldBe(200);
        var answer = await client.AskAsync($"{method} / HTTP/1.1\r\nHost: a\r\n\r\n");

        answer.Status.ShouldBe(502);
        backend.Count.ShouldBe(2);
        backend.Connections.ShouldBe(1);
        await proxy.DrainedAsync();
    }

    /// <summary>An end between two requests is no answer to either.</summary>
    [Fact]
    public async Task KeptConnection_ThatEndedMeanwhile_IsReplaced()
    {
        var closed = new TaskCompletionSource();
        using var backend = new RawBackend(async exchange =>
        {
            await exchange.SendAsync(RawBackend.Ok());
            await exchange.CloseAsync();
            closed.TrySetResult();
        });
        await using var proxy = await ProxyHarness.StartAsync(backend);
        using var client = await proxy.ConnectAsync();

        (await client.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status.ShouldBe(200);
        await closed.Task;
        (await client.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status.ShouldBe(200);

        backend.Count.ShouldBe(2);
        backend.Connections.ShouldBe(2);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n")]
    public async Task FailedConnect_AnyMethod_GoesElsewhere(string request)
    {
        using var good = RawBackend.Answering();
        await using var proxy = await ProxyHarness.StartAsync(null, RawBackend.Nobody(), good.Url);

        // Round robin: one of two requests comes to the bad one first.
        for (var i = 0; i < 2; i++)
        {
            var answer = await proxy.AskAsync(request);

            answer.Status.ShouldBe(200);
            answer.Header("x-backend-id").ShouldBe("b2");
        }

        good.Exchanges.ShouldAllBe(seen => seen.Text == (request.Contains("body") ? "body" : ""));
        good.Count.ShouldBe(2);
        await proxy.DrainedAsync();
    }

    [Fact]
    public async Task Retry_OfAClientWhoseCookieNamesTheFailedOne_IsAMove()
    {
        using var good = RawBackend.Answering();
        var sticky = new StickyOptions { Kind = StickyKind.Cookie };
        await using var proxy = await ProxyHarness.StartAsync(
            pool => pool with { Sticky = sticky }, RawBackend.Nobody(), good.Url);

        var answer = await proxy.AskAsync($"GET / HTTP/1.1\r\nHost: a\r\nCookie: {sticky.CookieName}=b1\r\n\r\n");

        answer.Header("x-backend-id").ShouldBe("b2");
        proxy.Pool.RetryCount.ShouldBe(1);
        proxy.Pool.MoveCount.ShouldBe(1);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n", true)]
    [InlineData("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", true)]
    [InlineData("OPTIONS / HTTP/1.1\r\nHost: a\r\n\r\n", true)]
    [InlineData("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", true)]
    [InlineData("DELETE / HTTP/1.1\r\nHost: a\r\n\r\n", true)]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nIdempotency-Key: k\r\nContent-Length: 0\r\n\r\n", true)]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", false)]
    [InlineData("PATCH / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", false)]
    [InlineData("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody", false)]
    public async Task NoAnswer_GoesElsewhereIfItMay(string request, bool mayBeRepeated)
    {
        using var bad = new RawBackend(Closes);
        using var good = RawBackend.Answering();
        await using var proxy = await ProxyHarness.StartAsync(bad, good);

        var statuses = new[] { (await proxy.AskAsync(request)).Status, (await proxy.AskAsync(request)).Status };

        // A retry takes a turn too, so that the bad one may come first both times.
        bad.Count.ShouldBeInRange(1, 2);
        good.Count.ShouldBe(mayBeRepeated ? 2 : 1);
        statuses.Order().ShouldBe(mayBeRepeated ? [200, 200] : [200, 502]);
        await proxy.DrainedAsync();
    }

    [Fact]
    public async Task NoAnswer_WhenSwitchedOff_StaysThere()
    {
        using var bad = new RawBackend(Closes);
        using var other = new RawBackend(Closes);
        await using var proxy = await ProxyHarness.StartAsync(
            pool => pool with { Retry = new RetryOptions { WhenNoAnswer = false } }, bad, other);

        (await proxy.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status.ShouldBe(502);

        (bad.Count + other.Count).ShouldBe(1);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    [InlineData(5, 3)]
    public async Task AllBad_EachIsTriedAtMostOnce(int attempts, int tries)
    {
        using var first = new RawBackend(Closes);
        using var second = new RawBackend(Closes);
        using var third = new RawBackend(Closes);
        await using var proxy = await ProxyHarness.StartAsync(
            pool => pool with { Retry = new RetryOptions { Attempts = attempts } }, first, second, third);

        var answer = await proxy.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");

        answer.Status.ShouldBe(502);
        var counts = new[] { first.Count, second.Count, third.Count };
        counts.Max().ShouldBe(1);

        // The stand-in of a pool may find the last one twice and then gives up; never may one be asked twice.
        counts.Sum().ShouldBeInRange(Math.Min(tries, 2), tries);
        await proxy.DrainedAsync();
    }

    [Fact]
    public async Task BrokenAnswer_IsNotTriedElsewhere()
    {
        using var bad = new RawBackend("HTTP/1.1 200 OK\r\nTransfer-Encoding: foo\r\n\r\n");
        using var worse = new RawBackend("HTTP/1.1 200 OK\r\nTransfer-Encoding: foo\r\n\r\n");
        await using var proxy = await ProxyHarness.StartAsync(bad, worse);

        (await proxy.AskAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status.ShouldBe(502);

        (bad.Count + worse.Count).ShouldBe(1);
    }
}
