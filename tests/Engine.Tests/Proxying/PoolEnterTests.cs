using ActorBalancer.Engine.Proxying;
using ActorBalancer.Engine.Proxying.Options;
using ActorBalancer.Engine.Routing;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Proxying.PoolHarness;

namespace ActorBalancer.Engine.Tests.Proxying;

public sealed class PoolEnterTests
{
    [Fact]
    public async Task Enter_WeightedRoundRobin_GoesAsSmartStickDoes()
    {
        await using var harness = await StartAsync(Options(Of("A", 2), Of("B")));

        harness.Turns(6).ShouldBe(["A", "A", "B", "A", "A", "B"]);
    }

    [Fact]
    public async Task Enter_WeightedLeastConnections_FillsByWeightAndComesBackToWhoWasLeft()
    {
        await using var harness = await StartAsync(
            Options(Of("A", 2), Of("B")) with { Strategy = RoutingStrategies.LeastConnections });

        var running = Enumerable.Range(0, 9).Select(_ => harness.Enter()).ToList();
        running.Count(one => one.Id == "A").ShouldBe(6);
        foreach (var one in running.Where(one => one.Id == "A"))
            harness.Pool.Leave(one);

        harness.Enter().Id.ShouldBe("A");
        (harness.Find("A").ActiveCount, harness.Find("B").ActiveCount).ShouldBe((1, 3));
        harness.Find("A").RequestCount.ShouldBe(7);
    }

    [Fact]
    public async Task Enter_PeakEwma_LeavesTheSlowOne()
    {
        await using var harness = await StartAsync(
            Options(Of("a"), Of("b")) with { Strategy = RoutingStrategies.PeakEwma });
        harness.Find("a").Observe(new AttemptResult(AttemptKind.Answered, 200, TimeSpan.FromMilliseconds(900)));
        harness.Find("b").Observe(new AttemptResult(AttemptKind.Answered, 200, TimeSpan.FromMilliseconds(3)));

        harness.Turns(10).ShouldAllBe(id => id == "b");
    }

    [Fact]
    public async Task Enter_BestScore_FollowsTheFreeShare()
    {
        await using var harness = await StartAsync(
            Options(Of("a", max: 2), Of("b", max: 10)) with { Strategy = RoutingStrategies.BestScore });

        var entered = Enumerable.Range(0, 6).Select(_ => harness.Enter().Id).ToList();

        entered.Count(id => id == "b").ShouldBe(5);
    }

    [Fact]
    public async Task Enter_Named_WinsWhileItMayAndIsReplacedOtherwise()
    {
        await using var harness = await StartAsync(Options(Of("a"), Of("b"), Of("c", max: 1)));
        var b = harness.Find("b");

        for (var round = 0; round < 5; round++)
            harness.Enter(new PickRequest(b)).ShouldBeSameAs(b);
        harness.Pool.MoveCount.ShouldBe(0);

        await harness.FlipAsync("b", false);
        harness.Enter(new PickRequest(b)).ShouldNotBeSameAs(b);
        await harness.FlipAsync("b", true);
        harness.Enter(new PickRequest(b)).ShouldBeSameAs(b);
        await harness.OrderAsync("b", BackendState.Down);
        harness.Enter(new PickRequest(b)).ShouldNotBeSameAs(b);

        var c = harness.Find("c");
        while (c.ActiveCount == 0)
            harness.Enter(new PickRequest(c));
        harness.Enter(new PickRequest(c)).Id.ShouldBe("a");
    }

    [Theory]
    [InlineData(RoutingStrategies.RoundRobin, StickyKind.Cookie)]
    [InlineData(RoutingStrategies.LeastConnections, StickyKind.Cookie)]
    [InlineData(RoutingStrategies.Random, StickyKind.None)]
    [InlineData(RoutingStrategies.ConsistentHash, StickyKind.Cookie)]
    [InlineData(RoutingStrategies.RoundRobin, StickyKind.ClientAddress)]
    public async Task Enter_Retry_VisitsEachOnceAndThenNobody(string strategy, StickyKind sticky)
    {
        var options = Options(Of("a", 5), Of("b"), Of("c"), Of("d")) with
        {
            Strategy = strategy,
            Sticky = new StickyOptions { Kind = sticky },
        };
        await using var harness = await StartAsync(options);
        for (ulong key = 1; key < 20; key++)
        {
            var tried = new List<Backend>();
            for (var attempt = 0; attempt < 4; attempt++)
            {
                var backend = harness.Enter(new PickRequest(harness.Find("b"), key, Tried: [.. tried]));
                tried.ShouldNotContain(backend);
                tried.Add(backend);
                harness.Pool.Leave(backend);
            }

            harness.TryEnter(new PickRequest(null, key, Tried: tried)).Kind.ShouldBe(PickKind.NoneHealthy);
        }

        harness.Pool.MoveCount.ShouldBe(19);
    }

    [Theory]
    [InlineData(StickyKind.Header)]
    [InlineData(StickyKind.ClientAddress)]
    public async Task Enter_StickyByKey_StaysWhateverItsLoadAndMovesOnlyWithItsBackend(StickyKind kind)
    {
        var options = Options(Of("a"), Of("b"), Of("c")) with { Sticky = new StickyOptions { Kind = kind } };
        await using var harness = await StartAsync(options);
        var homes = Enumerable.Range(1, 60).ToDictionary(
            key => (ulong)key, key => harness.Enter(new PickRequest(KeyHash: (ulong)key)).Id);
        homes.Values.Distinct().Count().ShouldBe(3);

        // Not left: one client's own load must not move it.
        foreach (var (key, home) in homes)
        {
            for (var again = 0; again < 5; again++)
                harness.Enter(new PickRequest(KeyHash: key)).Id.ShouldBe(home);
        }

        await harness.FlipAsync("b", false);
        foreach (var (key, home) in homes)
        {
            var now = harness.Enter(new PickRequest(KeyHash: key)).Id;
            (home == "b" ? now != "b" : now == home).ShouldBeTrue();
        }

        await harness.FlipAsync("b", true);
        foreach (var (key, home) in homes)
            harness.Enter(new PickRequest(KeyHash: key)).Id.ShouldBe(home);
    }

    [Fact]
    public async Task TryTakeRetry_BeyondTheBudget_SaysNo()
    {
        var options = Options(Of("a")) with { Retry = new RetryOptions { BudgetShare = 0.1, BudgetPerSecond = 0 } };
        await using var harness = await StartAsync(options);
        harness.Turns(50);

        Enumerable.Range(0, 20).Count(_ => harness.Pool.TryTakeRetry()).ShouldBe(5);
        harness.Pool.RetryCount.ShouldBe(5);
    }

    [Fact]
    public async Task Observe_Attempts_AreCountedByKindAndLatency()
    {
        await using var harness = await StartAsync(Options(Of("a")));
        var backend = harness.Find("a");
        (int, int)[] answers = [(101, 1), (200, 1), (204, 4), (302, 30), (404, 1), (502, 20_000)];
        foreach (var (status, milliseconds) in answers)
            backend.Observe(new AttemptResult(AttemptKind.Answered, status, TimeSpan.FromMilliseconds(milliseconds)));
        backend.Observe(new AttemptResult(AttemptKind.BrokeOff, 200, default));
        backend.Observe(new AttemptResult(AttemptKind.TimedOut, 0, TimeSpan.FromSeconds(1)));

        var counts = backend.ReadCounts();

        counts.Answers.ShouldBe([1, 2, 1, 1, 1]);
        counts.Failures[AttemptKind.BrokeOff].ShouldBe(1);
        counts.Failures[AttemptKind.TimedOut].ShouldBe(1);
        counts.Failures.Values.Sum().ShouldBe(2);
        counts.Latencies.Count.ShouldBe(BackendCounts.LatencyBounds.Count + 1);
        counts.Latencies[1].ShouldBe(3);
        counts.Latencies[3].ShouldBe(1);
        counts.Latencies[^1].ShouldBe(1);
        counts.LatencySum.ShouldBe(TimeSpan.FromMilliseconds(20_037));
    }

    [Theory]
    [InlineData(RoutingStrategies.RoundRobin)]
    [InlineData(RoutingStrategies.LeastConnections)]
    [InlineData(RoutingStrategies.PeakEwma)]
    public async Task Enter_FindsRoom_AllocatesNothing(string strategy)
    {
        await using var harness = await StartAsync(Options(Of("a"), Of("b")) with { Strategy = strategy });
        var pool = harness.Pool;
        var named = harness.Find("b");
        var answered = new AttemptResult(AttemptKind.Answered, 200, TimeSpan.FromMilliseconds(1));
        long allocated = 0;

        // The first round is for what is made once.
        for (var round = 0; round < 2; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var request = 0; request < 1000; request++)
            {
                var pick = await pool.EnterAsync(
                    new PickRequest(request % 2 == 0 ? named : null), CancellationToken.None);
                pick.Backend!.Observe(answered);
                pool.Leave(pick.Backend);
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        allocated.ShouldBe(0);
    }

    [Fact]
    public async Task Enter_Cancelled_CountsNothing()
    {
        await using var harness = await StartAsync(Options(Of("a")));
        using var source = new CancellationTokenSource();
        await source.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(harness.BeginEnter(default, source.Token));
        harness.Find("a").RequestCount.ShouldBe(0);
    }
}
