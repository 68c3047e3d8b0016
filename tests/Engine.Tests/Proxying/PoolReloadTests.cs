using System.Net;
using ActorBalancer.Engine.Proxying;
using ActorBalancer.Engine.Proxying.Options;
using ActorBalancer.Engine.Routing;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Proxying.PoolHarness;

namespace ActorBalancer.Engine.Tests.Proxying;

public sealed class PoolReloadTests
{
    [Fact]
    public async Task Apply_WeightsOwnerAndStrategyChange_KeepBackendsHealthAndCounts()
    {
        await using var harness = await StartAsync(Options(Of("a"), Of("b"), Of("c")), "c");
        var pool = harness.Pool;
        var before = pool.Backends.ToArray();
        var running = harness.Enter(new PickRequest(harness.Find("a")));
        await harness.SeeAsync("b", 3, AttemptKind.Answered, 200);

        await harness.ApplyAsync(Options(Of("a", 3), Of("b") with { Owner = "new@owners.test" }, Of("c")) with
        {
            Strategy = RoutingStrategies.LeastConnections,
        });

        harness.Pool.ShouldBeSameAs(pool);
        pool.Backends.ShouldBe(before);
        pool.Status().Strategy.ShouldBe("least-connections");
        running.ActiveCount.ShouldBe(1);
        running.Weight.ShouldBe(3);
        harness.Find("b").Options.Owner.ShouldBe("new@owners.test");
        harness.Find("b").ReadCounts().Answers[1].ShouldBe(3);
        harness.StatusOf("c").IsHealthy.ShouldBeFalse();
        harness.Connections.Count.ShouldBe(3);
        harness.Connections.ShouldAllBe(one => !one.IsDisposed);
        harness.Log.CountOf(613).ShouldBe(3, "nobody had to be asked again");
    }

    [Fact]
    public async Task Apply_NothingChanges_GoesOnWhereTheTurnWas()
    {
        await using var harness = await StartAsync(Options(Of("A", 2), Of("B")));
        harness.Turns(2).ShouldBe(["A", "A"]);

        await harness.ApplyAsync(Options(Of("A", 2), Of("B")));
        harness.Turns(2).ShouldBe(["B", "A"]);
        await harness.ApplyAsync(Options(Of("A", 2), Of("B"), Of("C")));
        harness.Turns(5).ShouldBe(["A", "B", "C", "A", "A"]);
    }

    [Fact]
    public async Task Apply_BackendRemoved_DrainsAndIsGoneWithItsConnections()
    {
        await using var harness = await StartAsync(Options(Of("a"), Of("b")));
        var a = harness.Enter(new PickRequest(harness.Find("a"), Client: IPAddress.Loopback));
        var backends = harness.Pool.Backends;

        await harness.ApplyAsync(Options(Of("b")));

        harness.Pool.Backends.Select(one => one.Id).ShouldBe(["b", "a"]);
        harness.StatusOf("a").IsRemoved.ShouldBeTrue();
        harness.Turns(3).ShouldAllBe(id => id == "b");
        harness.Enter(new PickRequest(harness.Find("a"), Client: IPAddress.Loopback)).ShouldBeSameAs(a);
        (await harness.Pool.OrderAsync("a", BackendState.Active)).ShouldBe(OrderAnswer.Unknown);

        harness.Pool.Leave(a);
        await harness.PassAsync(TimeSpan.FromSeconds(62), TimeSpan.FromSeconds(1));
        harness.StatusOf("a").IsDrained.ShouldBeFalse("one request still runs");
        harness.Connections.First().IsDisposed.ShouldBeFalse();
        harness.Pool.Leave(a);
        await harness.SettleAsync();

        harness.Connections.First().IsDisposed.ShouldBeTrue();
        harness.Pool.Status().Backends.Single().Options.Id.ShouldBe("b");
        harness.Pool.Find("a").ShouldBeNull();
        harness.Pool.Backends.ShouldNotBeSameAs(backends);
        harness.Enter(new PickRequest(a)).Id.ShouldBe("b");
        a.Closing.WaitHandle.WaitOne(TestSignal.Guard).ShouldBeTrue();
    }

    [Fact]
    public async Task Apply_RemovedAndTimeIsOverWhileARequestRuns_WaitsForItBeforeDisposing()
    {
        var drain = new DrainOptions { Timeout = TimeSpan.FromSeconds(2) };
        await using var harness = await StartAsync(Options(Of("a"), Of("b")) with { Drain = drain });
        var a = harness.Enter(new PickRequest(harness.Find("a")));
        await harness.ApplyAsync(Options(Of("b")) with { Drain = drain });

        await harness.PassAsync(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(1));
        harness.StatusOf("a").IsDrained.ShouldBeTrue();
        harness.Connections.First().IsDisposed.ShouldBeFalse();
        harness.Pool.Leave(a);
        await harness.SettleAsync();

        harness.Connections.First().IsDisposed.ShouldBeTrue();
        harness.Pool.Status().Backends.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Apply_RemovedComesBack_GoesOnAsItWas()
    {
        await using var harness = await StartAsync(Options(Of("a"), Of("b")));
        var a = harness.Enter(new PickRequest(harness.Find("a")));
        await harness.ApplyAsync(Options(Of("b")));

        await harness.ApplyAsync(Options(Of("a"), Of("b")));

        harness.Find("a").ShouldBeSameAs(a);
        harness.StatusOf("a").IsRemoved.ShouldBeFalse();
        harness.Turns(2).ShouldContain("a");
        a.Closing.IsCancellationRequested.ShouldBeFalse();
        harness.Log.CountOf(613).ShouldBe(2);
    }

    [Fact]
    public async Task Apply_DrainedAndRemovedComesBackWhileARequestRuns_IsCheckedAnew()
    {
        var drain = new DrainOptions { Timeout = TimeSpan.FromSeconds(1) };
        await using var harness = await StartAsync(Options(Of("a"), Of("b")) with { Drain = drain });
        var a = harness.Enter(new PickRequest(harness.Find("a")));
        await harness.ApplyAsync(Options(Of("b")) with { Drain = drain });
        await harness.PassAsync(TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(250));
        harness.StatusOf("a").IsDrained.ShouldBeTrue();

        await harness.ApplyAsync(Options(Of("a"), Of("b")) with { Drain = drain });

        harness.Find("a").ShouldBeSameAs(a);
        harness.StatusOf("a").IsHealthy.ShouldBeTrue();
        harness.Turns(2).ShouldContain("a");
        a.Closing.IsCancellationRequested.ShouldBeFalse();
        harness.Connections.First().IsDisposed.ShouldBeFalse();
    }

    [Theory]
    [InlineData("https://a.test", "https://a.test", "http://a.test:443")]
    [InlineData("https://a.test:8443/base/", "https://a.test:8443/base", "http://a.test:8443/base")]
    [InlineData("https://[::1]/", "https://[::1]", "http://[::1]:443")]
    [InlineData("http://a.test:8080/", "http://a.test:8080", "http://a.test:8080")]
    public async Task Apply_BackendOfTls_IsAddressedWithItsPort(string url, string shown, string called)
    {
        await using var harness = await StartAsync(Options(Of("a") with { Url = new Uri(url) }));

        harness.Find("a").UrlText.ShouldBe(shown);
        harness.Find("a").TransportUrlText.ShouldBe(called);
    }

    [Fact]
    public async Task Apply_AddressChanges_IsAnotherBackend()
    {
        await using var harness = await StartAsync(Options(Of("a"), Of("b")));
        var old = harness.Enter(new PickRequest(harness.Find("a")));

        await harness.ApplyAsync(Options(Of("a") with { Url = new Uri("http://elsewhere.test/base/") }, Of("b")));

        var now = harness.Find("a");
        now.ShouldNotBeSameAs(old);
        now.UrlText.ShouldBe("http://elsewhere.test/base");
        now.TransportUrlText.ShouldBe("http://elsewhere.test/base");
        harness.Pool.Status().Backends.Select(one => (one.Options.Id, one.IsRemoved))
            .ShouldBe([("a", false), ("b", false), ("a", true)]);
        harness.Enter(new PickRequest(now)).ShouldBeSameAs(now);
        harness.Pool.Leave(now);
    }

    [Fact]
    public async Task Apply_SettingsOfConnectionsChange_ReplacesThemWhenIdle()
    {
        await using var harness = await StartAsync(Options(Of("a")));
        var a = harness.Enter();
        var old = a.Invoker;

        await harness.ApplyAsync(Options(Of("a") with { Http2 = true }));

        harness.Find("a").ShouldBeSameAs(a);
        a.Invoker.ShouldNotBeSameAs(old);
        harness.Connections.First().IsDisposed.ShouldBeFalse();
        harness.Pool.Leave(a);
        await harness.SettleAsync();
        harness.Connections.Select(one => one.IsDisposed).ShouldBe([true, false]);

        await harness.ApplyAsync(
            Options(Of("a") with { Http2 = true }) with { Limits = new LimitOptions { ConnectionsPerBackend = 3 } });
        harness.Connections.Select(one => one.IsDisposed).ShouldBe([true, true, false]);
    }

    [Fact]
    public async Task Apply_PoolRemoved_DrainsAndItsActorEnds()
    {
        await using var harness = await StartAsync(Options(Of("a")));
        var pool = harness.Pool;
        var a = harness.Enter();

        await harness.ApplyAsync([]);

        harness.Engine.Pools.ShouldBeEmpty();
        harness.Engine.Find("web").ShouldBeNull();
        (await pool.EnterAsync(default, CancellationToken.None)).Kind.ShouldBe(PickKind.NoneHealthy);
        await harness.ApplyAsync(Options(Of("a")));
        harness.Pool.ShouldNotBeSameAs(pool);

        harness.Connections.First().IsDisposed.ShouldBeFalse();
        (await pool.OrderAsync("a", BackendState.Active)).ShouldBe(OrderAnswer.Unknown);
        harness.Time.Advance(TimeSpan.FromMinutes(11));
        pool.Leave(a);
        await harness.Log.WaitForAsync(609, 1);
    }

    [Fact]
    public async Task Apply_NoSuchStrategy_SaysWhichThereAre()
    {
        await using var harness = await StartAsync(Options(Of("a")));

        var error = await Should.ThrowAsync<ArgumentException>(
            harness.ApplyAsync(Options(Of("a")) with { Strategy = "best" }));

        error.Message.ShouldContain("'best'");
        error.Message.ShouldContain("round-robin");
        harness.Turns(1).ShouldBe(["a"]);
    }

    [Fact]
    public async Task Apply_IdsWithOddCharacters_AreTaken()
    {
        await using var harness = await StartAsync(Options(Of("a"), Of("b") with { Id = "x/y:~%2f\"" }));

        harness.Turns(2).ShouldContain("x/y:~%2f\"");
        harness.Pool.Find("x/y:~%2f\"").ShouldNotBeNull();
    }
}
