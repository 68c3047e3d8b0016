using System.Net;
using ActorBalancer.Api.Proxying.Sticky;
using ActorBalancer.Engine.Proxying.Options;
using ActorBalancer.Engine.Routing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Proxying.Sticky;

/// <summary>smart-stick's cookie, and the keys of clients without one.</summary>
public sealed class PlainCookieTests
{
    private static readonly IPAddress Client = IPAddress.Parse("192.0.2.7");

    [Theory]
    [InlineData("X-Backend-ID=2")]
    [InlineData("X-Backend-ID=\"2\"")]
    [InlineData("a=b; X-Backend-ID=2; c=d")]
    [InlineData("a=b;X-Backend-ID=2;c=d")]
    [InlineData(";;; \t X-Backend-ID=2 \t ;")]
    [InlineData("X-Backend-ID; X-Backend-ID2=1; X-Backend-I=1; x-backend-id=1; =1; X-Backend-ID=2")]
    [InlineData("X-Backend-ID=; X-Backend-ID=\"; X-Backend-ID=99; X-Backend-ID=2; X-Backend-ID=1")]
    public async Task Read_CookieThatNamesABackend_GivesIt(string line)
    {
        await using var rig = await PoolRig.StartAsync();
        var sticky = new StickyClients(rig.Pool, new StickyOptions());

        var pick = sticky.Read(RequestWith(line), Client, out var isCurrent);

        pick.Named.ShouldNotBeNull().Id.ShouldBe("2");
        pick.Client.ShouldBe(Client);
        isCurrent.ShouldBeTrue();
    }

    [Theory]
    [InlineData("")]
    [InlineData("X-Backend-ID=9")]
    [InlineData("X-Backend-ID=1x")]
    [InlineData("X-Backend-ID=1 2")]
    [InlineData("X-Backend-ID==1")]
    [InlineData("X-Backend-ID=\"1")]
    [InlineData("X-Backend-ID=\0")]
    [InlineData("X-Backend-ID")]
    public async Task Read_CookieThatNamesNobody_GivesNone(string line)
    {
        await using var rig = await PoolRig.StartAsync();
        var sticky = new StickyClients(rig.Pool, new StickyOptions());

        var pick = sticky.Read(RequestWith(line), Client, out var isCurrent);

        pick.Named.ShouldBeNull();
        pick.KeyHash.ShouldBe(0ul);
        isCurrent.ShouldBeFalse();
    }

    [Fact]
    public async Task Read_SeveralCookieLinesWithHundredCookies_FindsTheOne()
    {
        await using var rig = await PoolRig.StartAsync();
        var sticky = new StickyClients(rig.Pool, new StickyOptions());
        var many = string.Join("; ", Enumerable.Range(0, 100).Select(index => $"cookie{index}=value{index}"));

        var pick = sticky.Read(RequestWith(many, "", "X-Backend-ID=3"), Client, out _);

        pick.Named.ShouldNotBeNull().Id.ShouldBe("3");
    }

    [Fact]
    public async Task Read_MoreCookiesOfTheNameThanAreLookedAt_GivesNone()
    {
        await using var rig = await PoolRig.StartAsync();
        var sticky = new StickyClients(rig.Pool, new StickyOptions());
        var wrong = string.Concat(Enumerable.Repeat("X-Backend-ID=no; ", 8));

        sticky.Read(RequestWith(wrong + "X-Backend-ID=1"), Client, out _).Named.ShouldBeNull();
    }

    [Theory]
    [InlineData(StickyKind.Cookie)]
    [InlineData(StickyKind.SignedCookie)]
    public async Task Read_UsualCookie_AllocatesNothing(StickyKind kind)
    {
        await using var rig = await PoolRig.StartAsync();
        var sticky = new StickyClients(rig.Pool, new StickyOptions { Kind = kind, Secrets = ["0123456789abcdef"] });
        var context = new DefaultHttpContext();
        sticky.Write(context, rig.Pool.Backends[1]);
        var request = RequestWith("theme=dark; " + context.Response.Headers.SetCookie.ToString().Split(';')[0]);
        sticky.Read(request, Client, out _).Named.ShouldBe(rig.Pool.Backends[1]);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var count = 0; count < 100; count++)
            sticky.Read(request, Client, out _);

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    [Fact]
    public async Task Write_Defaults_GivesTheCookieOfSmartStick()
    {
        await using var rig = await PoolRig.StartAsync();
        var context = new DefaultHttpContext();

        new StickyClients(rig.Pool, new StickyOptions()).Write(context, rig.Pool.Backends[0]);

        context.Response.Headers.SetCookie.ShouldBe(
            new StringValues("X-Backend-ID=1; Path=/; HttpOnly; SameSite=Lax"));
    }

    [Fact]
    public async Task Write_Tls_IsSecureAndKeepsTheBackendsCookies()
    {
        await using var rig = await PoolRig.StartAsync();
        var context = new DefaultHttpContext { Request = { Scheme = "https" } };
        context.Response.Headers.SetCookie = "theirs=1";

        new StickyClients(rig.Pool, new StickyOptions()).Write(context, rig.Pool.Backends[1]);

        context.Response.Headers.SetCookie.ToArray()
            .ShouldBe(["theirs=1", "X-Backend-ID=2; Path=/; HttpOnly; SameSite=Lax; Secure"]);
    }

    [Fact]
    public async Task Write_AllSettings_StandInTheCookie()
    {
        await using var rig = await PoolRig.StartAsync();
        var options = new StickyOptions
        {
            CookieName = "lb",
            Path = "/shop",
            Domain = "example.org",
            SameSite = "None",
            Secure = true,
            MaxAge = TimeSpan.FromHours(1),
        };
        var context = new DefaultHttpContext();

        new StickyClients(rig.Pool, options).Write(context, rig.Pool.Backends[0]);

        context.Response.Headers.SetCookie.ToString()
            .ShouldBe("lb=1; Path=/shop; HttpOnly; SameSite=None; Max-Age=3600; Domain=example.org; Secure");
    }

    [Theory]
    [InlineData(StickyKind.None)]
    [InlineData(StickyKind.Header)]
    [InlineData(StickyKind.ClientAddress)]
    public async Task Write_KindWithoutCookie_WritesNone(StickyKind kind)
    {
        await using var rig = await PoolRig.StartAsync();
        var context = new DefaultHttpContext();

        new StickyClients(rig.Pool, new StickyOptions { Kind = kind, HeaderName = "X-User" })
            .Write(context, rig.Pool.Backends[0]);

        context.Response.Headers.SetCookie.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Read_HeaderKind_HashesItsValue()
    {
        await using var rig = await PoolRig.StartAsync();
        var sticky = new StickyClients(rig.Pool, new StickyOptions { Kind = StickyKind.Header, HeaderName = "X-User" });
        var request = RequestWith("X-Backend-ID=1");
        request.Headers["X-User"] = "ann";

        var pick = sticky.Read(request, Client, out _);

        pick.Named.ShouldBeNull();
        pick.KeyHash.ShouldBe(RoutingKey.Hash("ann"));
        sticky.Read(RequestWith(""), Client, out _).KeyHash.ShouldBe(0ul);
    }

    [Theory]
    [InlineData(StickyKind.ClientAddress, RoutingStrategies.RoundRobin)]
    [InlineData(StickyKind.None, RoutingStrategies.ConsistentHash)]
    [InlineData(StickyKind.Cookie, RoutingStrategies.ConsistentHash)]
    public async Task Read_PlacedByTheAddress_HashesItAlsoWhenItIsMapped(StickyKind kind, string strategy)
    {
        await using var rig = await PoolRig.StartAsync(strategy: strategy);
        var sticky = new StickyClients(rig.Pool, new StickyOptions { Kind = kind });

        var plain = sticky.Read(RequestWith(""), Client, out _).KeyHash;
        var mapped = sticky.Read(RequestWith(""), Client.MapToIPv6(), out _).KeyHash;

        plain.ShouldBe(RoutingKey.Hash("192.0.2.7"));
        mapped.ShouldBe(plain);
        sticky.Read(RequestWith(""), null, out _).KeyHash.ShouldBe(0ul);
    }

    internal static HttpRequest RequestWith(params string[] cookieLines)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.Cookie = new StringValues(cookieLines);
        return context.Request;
    }
}
