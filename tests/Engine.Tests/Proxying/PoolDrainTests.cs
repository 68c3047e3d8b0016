using System.Net;
using ActorBalancer.Engine.Alerts;
using ActorBalancer.Engine.Proxying;
using ActorBalancer.Engine.Proxying.Options;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Proxying.PoolHarness;

namespace ActorBalancer.Engine.Tests.Proxying;

public sealed class PoolDrainTests
{
    private static readonly IPAddress Client = IPAddress.Parse("192.0.2.1");
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Drain_Ordered_KeepsItsSessionsAndTakesNoOthers()
    {
        await using var harness = await StartAsync(Options(Of("a"), Of("b")));
        var a = harness.Find("a");
        var running = harness.Enter(new PickRequest(a, Client: Client));

        await harness.OrderAsync("a", BackendState.Drain);

        harness.Turns(4).ShouldAllBe(id => id == "b");
        harness.Enter(new PickRequest(a, Client: Client)).ShouldBeSameAs(a);
        harness.StatusOf("a").State.ShouldBe(BackendState.Drain);
        harness.StatusOf("a").Active.ShouldBe(2);

        // Two requests, the client that was seen, and those of before, whose number nobody knows.
        harness.StatusOf("a").Sessions.ShouldBe(4);
        harness.Pool.Leave(running);
        harness.Pool.Leave(running);
        await harness.SettleAsync();
        harness.StatusOf("a").IsDrained.ShouldBeFalse();
        a.Closing.IsCancellationRequested.ShouldBeFalse();
    }

    [Fact]
    public async Task Drain_SessionsIdle_IsDrainedAndUpBringsItBack()
    {
        await using var harness = await StartAsync(Options(Of("a"), Of("b")));
        var events = harness.Pool.Events.Subscribe(out var stop);
        var a = harness.Find("a");
        harness.Pool.Leave(harness.Enter(new PickRequest(a, Client: Client)));
        await harness.OrderAsync("a", BackendState.Drain);
        await harness.PassAsync(TimeSpan.FromSeconds(50), Second);
        harness.Pool.Leave(harness.Enter(new PickRequest(a, Client: Client)));
        await harness.PassAsync(TimeSpan.FromSeconds(50), Second);
        harness.StatusOf("a").IsDrained.ShouldBeFalse();
        harness.StatusOf("a").Sessions.ShouldBe(1);

        await harness.PassAsync(TimeSpan.FromSeconds(12), Second);

        harness.StatusOf("a").IsDrained.ShouldBeTrue();
        harness.StatusOf("a").Sessions.ShouldBe(0);
        a.Closing.WaitHandle.WaitOne(TestSignal.Guard).ShouldBeTrue();
        harness.Enter(new PickRequest(a, Client: Client)).Id.ShouldBe("b");
        harness.Alerts.Single().Kind.ShouldBe(AlertKind.BackendDrained);
        var seen = new List<ProxyEvent>();
        while (events.TryRead(out var one))
            seen.Add(one);
        seen.OfType<DrainedEvent>().Single().BackendId.ShouldBe("a");
        stop();

        await harness.OrderAsync("a", BackendState.Active);
        harness.StatusOf("a").IsDrained.ShouldBeFalse();
        a.Closing.IsCancellationRequested.ShouldBeFalse();
        harness.Turns(2).ShouldContain("a");
    }

    [Fact]
    public async Task Drain_NothingWasThere_IsDrainedAtOnce()
    {
        await using var harness = await StartAsync(Options(Of("a"), Of("b")));

        await harness.OrderAsync("a", BackendState.Drain);

        harness.StatusOf("a").IsDrained.ShouldBeTrue();
        harness.Connections.ShouldAllBe(one => !one.IsDisposed);
    }

    [Fact]
    public async Task Drain_NotSticky_EndsWithTheLastRequest()
    {
        await using var harness = await StartAsync(
            Options(Of("a"), Of("b")) with { Sticky = new StickyOptions { Kind = StickyKind.None } });
        var running = new[] { harness.Enter(), harness.Enter(), harness.Enter() }.Where(one => one.Id == "a").ToArray();
        await harness.OrderAsync("a", BackendState.Drain);
        harness.StatusOf("a").Sessions.ShouldBe(running.Length);

        foreach (var one in running)
        {
            harness.StatusOf("a").IsDrained.ShouldBeFalse();
            harness.Pool.Leave(one);
            await harness.SettleAsync();
        }

        harness.StatusOf("a").IsDrained.ShouldBeTrue();
    }

    [Fact]
    public async Task Drain_SomeSessionsMayStay_EndsThere()
    {
        var options = Options(Of("a"), Of("b")) with
        {
            Drain = new DrainOptions { SessionsMax = 1 },
            Sticky = new StickyOptions { Kind = StickyKind.None },
        };
        await using var harness = await StartAsync(options);
        var a = harness.Find("a");
        harness.Enter(new PickRequest(a));
        harness.Enter(new PickRequest(a));
        await harness.OrderAsync("a", BackendState.Drain);
        harness.StatusOf("a").IsDrained.ShouldBeFalse();

        harness.Pool.Leave(a);
        await harness.SettleAsync();

        harness.StatusOf("a").IsDrained.ShouldBeTrue();
        a.ActiveCount.ShouldBe(1);
    }

    [Fact]
    public async Task Drain_TimeIsOver_ClosesWhatIsOpen()
    {
        await using var harness = await StartAsync(
            Options(Of("a"), Of("b")) with { Drain = new DrainOptions { Timeout = TimeSpan.FromSeconds(5) } });
        var a = harness.Enter(new PickRequest(harness.Find("a")));
        await harness.OrderAsync("a", BackendState.Drain);

        await harness.PassAsync(TimeSpan.FromSeconds(6), Second);

        harness.StatusOf("a").IsDrained.ShouldBeTrue();
        a.Closing.WaitHandle.WaitOne(TestSignal.Guard).ShouldBeTrue();
        a.ActiveCount.ShouldBe(1);
    }

    [Fact]
    public async Task Drain_ReloadShortensItsTime_IsLookedAtAsOften()
    {
        var options = Options(Of("a"), Of("b"));
        await using var harness = await StartAsync(options);
        harness.Enter(new PickRequest(harness.Find("a")));
        await harness.OrderAsync("a", BackendState.Drain);

        var time = TimeSpan.FromMilliseconds(200);
        await harness.ApplyAsync(options with { Drain = new DrainOptions { Timeout = time } });
        await harness.PassAsync(time * 1.25, time / 4);

        harness.StatusOf("a").IsDrained.ShouldBeTrue();
    }

    [Fact]
    public async Task Down_Ordered_TakesNobodyAndSurvivesReloads()
    {
        await using var harness = await StartAsync(Options(Of("a"), Of("b")));
        var a = harness.Find("a");
        await harness.OrderAsync("a", BackendState.Down);

        await harness.ApplyAsync(Options(Of("a", 7), Of("b")));

        harness.Find("a").ShouldBeSameAs(a);
        harness.Enter(new PickRequest(a)).Id.ShouldBe("b");
        harness.Turns(3).ShouldAllBe(id => id == "b");
        harness.StatusOf("a").State.ShouldBe(BackendState.Down);
        harness.Log.CountOf(608).ShouldBe(1);
        (await harness.Pool.OrderAsync("c", BackendState.Down)).ShouldBe(OrderAnswer.Unknown);
    }
}
