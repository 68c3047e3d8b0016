using System.Globalization;
using System.Net;
using ActorBalancer.Api.Security;
using ActorBalancer.Api.Tests.Hosting;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Security;

public sealed class WrongKeyLimiterTests
{
    private static readonly IPAddress Address = IPAddress.Parse("192.0.2.7");

    private readonly SteppedClock _clock = new();

    [Fact]
    public void Count_UpToTheLimit_ShutsNobodyOut()
    {
        var limiter = new WrongKeyLimiter(3, 10, _clock);

        var waits = Enumerable.Range(0, 5).Select(_ => CountOne(limiter, Address)).ToArray();

        waits.ShouldBe([TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1)]);
    }

    [Fact]
    public void Count_WithinTheMinute_SaysWhatIsLeftOfIt()
    {
        var limiter = new WrongKeyLimiter(1, 10, _clock);
        CountOne(limiter, Address);

        _clock.Advance(TimeSpan.FromSeconds(40));

        CountOne(limiter, Address).ShouldBe(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public void Count_AfterTheMinute_BeginsAnew()
    {
        var limiter = new WrongKeyLimiter(1, 10, _clock);
        CountOne(limiter, Address);
        CountOne(limiter, Address);

        _clock.Advance(TimeSpan.FromMinutes(1));

        CountOne(limiter, Address).ShouldBe(TimeSpan.Zero);
        CountOne(limiter, Address).ShouldBe(TimeSpan.FromMinutes(1));
    }

    [Theory]
    [InlineData("192.0.2.7", "192.0.2.8", false)]
    [InlineData("192.0.2.7", "::ffff:192.0.2.7", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    public void Count_TwoAddresses_AreOneIfTheyAreOfOneClient(string first, string second, bool areOne)
    {
        var limiter = new WrongKeyLimiter(1, 10, _clock);
        CountOne(limiter, IPAddress.Parse(first));

        var wait = CountOne(limiter, IPAddress.Parse(second));

        (wait > TimeSpan.Zero).ShouldBe(areOne);
    }

    [Fact]
    public void Count_NoAddress_IsCountedAsOne()
    {
        var limiter = new WrongKeyLimiter(1, 10, _clock);

        CountOne(limiter, null).ShouldBe(TimeSpan.Zero);
        CountOne(limiter, null).ShouldBe(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void Count_TableFull_ForgetsTheOldest()
    {
        var limiter = new WrongKeyLimiter(1, 4, _clock);
        for (var i = 0; i < 5; i++)
        {
            CountOne(limiter, Number(i));
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        limiter.AddressCount.ShouldBe(4);
        CountOne(limiter, Number(1)).ShouldBeGreaterThan(TimeSpan.Zero);
        CountOne(limiter, Number(0)).ShouldBe(TimeSpan.Zero);
        limiter.AddressCount.ShouldBe(4);
    }

    [Fact]
    public void Count_AddressesWithoutEnd_StayBounded()
    {
        var limiter = new WrongKeyLimiter(1, 16, _clock);
        for (var i = 0; i < 100_000; i++)
        {
            CountOne(limiter, Number(i % 50_000));
            if (i % 100 == 0)
                _clock.Advance(TimeSpan.FromSeconds(7));
        }

        limiter.AddressCount.ShouldBeLessThanOrEqualTo(16);
        limiter.RememberedWindows.ShouldBeLessThanOrEqualTo(17);
    }

    [Fact]
    public async Task Send_WrongKeysWithoutEnd_Get429WhileTheRightOnePasses()
    {
        await using var edge = await EdgeHarness.StartAsync(
            options => options with { WrongKeysPerMinuteMax = 3 }, _clock);
        var statuses = new List<int>();
        for (var i = 0; i < 5; i++)
        {
            var path = i % 2 == 0 ? "/logs" : "/health";
            statuses.Add((await edge.SendAsync("GET", path, ("Authorization", $"wrong{i}"))).Status);
        }

        _clock.Advance(TimeSpan.FromSeconds(15));
        var refused = await edge.SendAsync("GET", "/logs", ("x-lb-auth", "wrong"));
        var right = await edge.SendAsync("GET", "/logs", ("Authorization", EdgeHarness.Key));
        var without = await edge.SendAsync("GET", "/logs");
        var health = await edge.SendAsync("GET", "/health");
        _clock.Advance(TimeSpan.FromSeconds(45));
        var later = await edge.SendAsync("GET", "/logs", ("x-lb-auth", "wrong"));

        statuses.ShouldBe([401, 401, 401, 429, 429]);
        refused.Status.ShouldBe(429);
        refused.Code.ShouldBe("too_many_wrong_keys");
        refused.Error.ShouldBe("Too many wrong keys came from this address.");
        int.Parse(refused.Header("Retry-After")!, CultureInfo.InvariantCulture).ShouldBe(45);
        right.Status.ShouldBe(200);
        without.Status.ShouldBe(401);
        health.Status.ShouldBe(200);
        later.Status.ShouldBe(401);
        edge.Log.Lines.ShouldHaveSingleItem().ShouldContain("sent 4 wrong keys");
    }

    private static TimeSpan CountOne(WrongKeyLimiter limiter, IPAddress? address)
    {
        limiter.Count(address, out var retryAfter);
        return retryAfter;
    }

    private static IPAddress Number(int i) => new([10, (byte)(i >> 16), (byte)(i >> 8), (byte)i]);
}
