using ActorBalancer.Engine.Proxying;
using ActorBalancer.Engine.Proxying.Options;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Proxying.PoolHarness;

namespace ActorBalancer.Engine.Tests.Proxying;

public sealed class WaitingLineTests
{
    [Fact]
    public async Task Enter_AllFull_WaitsInTurn()
    {
        await using var harness = await StartAsync(Options(Of("a", max: 1), Of("b", max: 1)));
        var first = harness.Enter();
        harness.Enter();

        var third = harness.BeginEnter();
        var fourth = harness.BeginEnter();
        harness.Pool.Status().Waiting.ShouldBe(2);
        third.IsCompleted.ShouldBeFalse();

        harness.Pool.Leave(first);
        (await third.WaitAsync(TestSignal.Guard)).Backend.ShouldBeSameAs(first);
        fourth.IsCompleted.ShouldBeFalse();
        harness.Pool.Leave(first);
        (await fourth.WaitAsync(TestSignal.Guard)).Backend.ShouldBeSameAs(first);
        first.ActiveCount.ShouldBe(1);
    }

    [Fact]
    public async Task Enter_SomebodyWaits_DoesNotOvertake()
    {
        await using var harness = await StartAsync(Options(Of("a", max: 1), Of("b", max: 1)));
        var a = harness.Find("a");
        var b = harness.Find("b");
        harness.Enter(new PickRequest(a));
        harness.Enter(new PickRequest(b));

        // It was at a already, so only b will do.
        var picky = harness.BeginEnter(new PickRequest(Tried: [a]));
        var next = harness.BeginEnter();
        harness.Pool.Leave(a);
        (await next.WaitAsync(TestSignal.Guard)).Backend.ShouldBeSameAs(a);
        picky.IsCompleted.ShouldBeFalse();
        harness.Pool.Leave(b);
        (await picky.WaitAsync(TestSignal.Guard)).Backend.ShouldBeSameAs(b);
    }

    [Fact]
    public async Task Enter_LineFullOrOff_IsFullAtOnce()
    {
        var options = Options(Of("a", max: 1));
        await using var harness = await StartAsync(options with { Limits = new LimitOptions { Queue = 1 } });
        var entered = harness.Enter();
        var waiting = harness.BeginEnter();
        harness.TryEnter().Kind.ShouldBe(PickKind.Full);

        harness.Pool.Leave(entered);
        await waiting.WaitAsync(TestSignal.Guard);
        await harness.ApplyAsync(options with { Limits = new LimitOptions { Queue = 0 } });
        harness.TryEnter().Kind.ShouldBe(PickKind.Full);
        harness.Find("a").ActiveCount.ShouldBe(1);
    }

    [Fact]
    public async Task Enter_WaitTooLong_IsFull()
    {
        await using var harness = await StartAsync(Options(Of("a", max: 1)));
        harness.Enter();
        var waiting = harness.BeginEnter();
        await harness.Time.WaitForTimerAsync(new LimitOptions().QueueWait);

        harness.Time.Advance(new LimitOptions().QueueWait);

        (await waiting.WaitAsync(TestSignal.Guard)).Kind.ShouldBe(PickKind.Full);
        harness.Pool.Status().Waiting.ShouldBe(0);
    }

    [Fact]
    public async Task Enter_CancelledWhileWaiting_LeavesTheLineUncounted()
    {
        await using var harness = await StartAsync(Options(Of("a", max: 1)));
        var entered = harness.Enter();
        using var source = new CancellationTokenSource();
        var gone = harness.BeginEnter(default, source.Token);
        var stays = harness.BeginEnter();

        await source.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(gone);
        harness.Pool.Leave(entered);

        await stays.WaitAsync(TestSignal.Guard);
        harness.Find("a").ActiveCount.ShouldBe(1);
        harness.Find("a").RequestCount.ShouldBe(2);
    }

    [Fact]
    public async Task Enter_AllGoDownWhileWaiting_IsNoneHealthy()
    {
        await using var harness = await StartAsync(
            Options(Of("a", max: 1)) with { Limits = new LimitOptions { QueueWait = TimeSpan.FromHours(1) } });
        harness.Enter();
        var waiting = harness.BeginEnter();

        await harness.FlipAsync("a", false);

        (await waiting.WaitAsync(TestSignal.Guard)).Kind.ShouldBe(PickKind.NoneHealthy);
    }

    [Fact]
    public async Task Enter_AnotherComesUpOrTheLimitRises_WakesWhoWaits()
    {
        var limits = new LimitOptions { QueueWait = TimeSpan.FromHours(1) };
        var options = Options(Of("a", max: 1), Of("b", max: 1)) with { Limits = limits };
        await using var harness = await StartAsync(options, "b");
        harness.Enter();
        var second = harness.BeginEnter();
        var third = harness.BeginEnter();

        await harness.FlipAsync("b", true);
        (await second.WaitAsync(TestSignal.Guard)).Backend!.Id.ShouldBe("b");
        third.IsCompleted.ShouldBeFalse();
        await harness.ApplyAsync(Options(Of("a", max: 2), Of("b", max: 1)) with { Limits = limits });
        (await third.WaitAsync(TestSignal.Guard)).Backend!.Id.ShouldBe("a");
    }

    [Theory]
    [InlineData(1, 1, 8)]
    [InlineData(2, 1, 16)]
    [InlineData(3, 4, 32)]
    public async Task Enter_ManyAtOnce_LosesNoWakeUpAndKeepsEachLimit(int backends, int limit, int callers)
    {
        var options = Options([.. Enumerable.Range(0, backends).Select(one => Of($"{one}", max: limit))]) with
        {
            Limits = new LimitOptions { Queue = callers },
        };
        await using var harness = await StartAsync(options);
        var pool = harness.Pool;
        const int Rounds = 1000;
        var exceeded = 0;
        var cancelled = 0;

        // The clock stands still: nobody's wait runs out, so a lost wake-up is a hang, which the guard sees.
        await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            var chance = new Random(caller);
            for (var round = 0; round < Rounds; round++)
            {
                using var source = new CancellationTokenSource();
                var entering = pool.EnterAsync(default, source.Token);
                if (chance.Next(8) == 0)
                    await source.CancelAsync();
                try
                {
                    var pick = await entering;
                    pick.Kind.ShouldBe(PickKind.Entered);
                    if (pick.Backend!.ActiveCount > limit)
                        Interlocked.Increment(ref exceeded);
                    if (chance.Next(4) == 0)
                        await Task.Yield();
                    pool.Leave(pick.Backend);
                }
                catch (OperationCanceledException)
                {
                    Interlocked.Increment(ref cancelled);
                }
            }
        }))).WaitAsync(TestSignal.Guard);

        exceeded.ShouldBe(0);
        pool.Status().Waiting.ShouldBe(0);
        pool.Backends.ShouldAllBe(one => one.ActiveCount == 0);
        pool.Backends.Sum(one => one.RequestCount).ShouldBe(((long)callers * Rounds) - cancelled);
    }
}
