using System.Buffers.Text;
using ActorBalancer.Api.Proxying.Sticky;
using ActorBalancer.Engine.Proxying;
using ActorBalancer.Engine.Proxying.Options;
using ActorBalancer.Engine.Routing;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.AspNetCore.Http;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Proxying.Sticky;

/// <summary>The cookie that can't be made without the secret.</summary>
public sealed class SignedCookieTests
{
    private const string Secret = "first secret of 24 bytes";
    private const string OldSecret = "older secret of 24 bytes";

    [Fact]
    public async Task Read_WhatWasWritten_NamesTheBackendAndShowsNoIdentity()
    {
        await using var rig = await PoolRig.StartAsync(ids: ["alpha", "beta"]);

        foreach (var backend in rig.Pool.Backends)
        {
            var value = ValueOf(rig.Pool, backend, Secret);

            Read(rig.Pool, value, out var isCurrent, Secret).ShouldBe(backend);
            isCurrent.ShouldBeTrue();
            value.Length.ShouldBe(32);
            value.ShouldNotContain(backend.Id);
        }
    }

    [Fact]
    public async Task Read_AnyBitFlipped_NamesNobody()
    {
        await using var rig = await PoolRig.StartAsync();
        var value = ValueOf(rig.Pool, rig.Pool.Backends[0], Secret);
        var bytes = Base64Url.DecodeFromChars(value);

        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Read(rig.Pool, Base64Url.EncodeToString(bytes), out _, Secret).ShouldBeNull($"bit {bit} of the mark");
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        for (var bit = 0; bit < value.Length * 8; bit++)
        {
            var units = value.ToCharArray();
            units[bit / 8] ^= (char)(1 << (bit % 8));
            Read(rig.Pool, new string(units), out _, Secret).ShouldBeNull($"bit {bit} of the text");
        }
    }

    [Fact]
    public async Task Read_CutOrExtended_NamesNobody()
    {
        await using var rig = await PoolRig.StartAsync();
        var value = ValueOf(rig.Pool, rig.Pool.Backends[0], Secret);

        for (var length = 0; length < value.Length; length++)
        {
            Read(rig.Pool, value[..length], out _, Secret).ShouldBeNull($"the first {length}");
            Read(rig.Pool, value[^length..], out _, Secret).ShouldBeNull($"the last {length}");
        }

        string[] extended = [value + "A", value + "=", value + "==", "A" + value, value + value, value[..31] + " A"];
        foreach (var text in extended)
            Read(rig.Pool, text, out _, Secret).ShouldBeNull(text);
    }

    [Fact]
    public async Task Read_RandomText_NamesNobodyAndNeverThrows()
    {
        await using var rig = await PoolRig.StartAsync();
        var pool = rig.Pool;

        Prop.ForAll(ArbMap.Default.ArbFor<string?>(), text => Read(pool, text ?? "", out _, Secret) is null)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2000).WithQuietOnSuccess(true));
    }

    [Fact]
    public async Task Read_PlainIdentity_NamesNobody()
    {
        await using var rig = await PoolRig.StartAsync();

        Read(rig.Pool, "1", out var isCurrent, Secret).ShouldBeNull();
        isCurrent.ShouldBeFalse();
    }

    [Fact]
    public async Task Read_OtherPoolsCookieOfTheSameSecret_NamesNobody()
    {
        await using var rig = await PoolRig.StartAsync("web");
        await using var other = await PoolRig.StartAsync("shop");

        Read(rig.Pool, ValueOf(other.Pool, other.Pool.Backends[0], Secret), out _, Secret).ShouldBeNull();
    }

    [Fact]
    public async Task Read_OlderSecret_NamesTheBackendToBeRewritten()
    {
        await using var rig = await PoolRig.StartAsync();
        var old = ValueOf(rig.Pool, rig.Pool.Backends[2], OldSecret);

        Read(rig.Pool, old, out var isCurrent, Secret, OldSecret).ShouldBe(rig.Pool.Backends[2]);
        isCurrent.ShouldBeFalse();
        Read(rig.Pool, old, out _, Secret).ShouldBeNull("the secret is gone");
    }

    [Fact]
    public async Task Read_ForgedCookieBeforeTheRightOne_NamesTheRightOne()
    {
        await using var rig = await PoolRig.StartAsync();
        var right = ValueOf(rig.Pool, rig.Pool.Backends[1], Secret);
        var request = PlainCookieTests.RequestWith($"X-Backend-ID={new string('A', 32)}; X-Backend-ID={right}");

        Sticky(rig.Pool, Secret).Read(request, null, out var isCurrent).Named.ShouldBe(rig.Pool.Backends[1]);
        isCurrent.ShouldBeTrue();
    }

    [Fact]
    public async Task Read_BackendThatLeft_NamesNobodyAndTheNewOneIsKnown()
    {
        await using var rig = await PoolRig.StartAsync(ids: ["1", "2"]);
        var backends = rig.Pool.Backends;
        var options = OptionsOf(Secret);
        var one = ValueOf(rig.Pool, backends[0], Secret);
        var two = ValueOf(rig.Pool, backends[1], Secret);

        var table = new CookieTable("web", [backends[1]], options);

        table.Find(one, out _).ShouldBeNull();
        table.Find(two, out _).ShouldBe(backends[1]);
        table.SetCookieOf(backends[0], isTls: false).ShouldStartWith($"X-Backend-ID={one};");
    }

    [Fact]
    public async Task Read_AfterAReload_KnowsTheBackendsOfTheNewList()
    {
        await using var rig = await PoolRig.StartAsync(ids: ["1", "2"]);
        var sticky = Sticky(rig.Pool, Secret);
        var two = ValueOf(rig.Pool, rig.Pool.Backends[1], Secret);
        sticky.Read(PlainCookieTests.RequestWith($"X-Backend-ID={two}"), null, out _).Named.ShouldNotBeNull();

        await rig.ApplyAsync("web", RoutingStrategies.RoundRobin, "2", "3");

        foreach (var backend in rig.Pool.Backends)
        {
            var cookie = $"X-Backend-ID={ValueOf(rig.Pool, backend, Secret)}";
            sticky.Read(PlainCookieTests.RequestWith(cookie), null, out _).Named.ShouldBe(backend);
        }
    }

    private static StickyOptions OptionsOf(params string[] secrets) =>
        new() { Kind = StickyKind.SignedCookie, Secrets = secrets };

    private static StickyClients Sticky(ProxyPool pool, params string[] secrets) => new(pool, OptionsOf(secrets));

    private static string ValueOf(ProxyPool pool, Backend backend, string secret)
    {
        var context = new DefaultHttpContext();
        Sticky(pool, secret).Write(context, backend);
        return context.Response.Headers.SetCookie.ToString().Split(';')[0].Split('=', 2)[1];
    }

    private static Backend? Read(ProxyPool pool, string value, out bool isCurrent, params string[] secrets) =>
        Sticky(pool, secrets)
            .Read(PlainCookieTests.RequestWith($"X-Backend-ID={value}"), null, out isCurrent).Named;
}
