using ActorBalancer.Actors.Routing;
using ActorBalancer.Actors.Tests.Kit;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Actors.Tests.Routing;

public sealed class RouterTests : ActorTest
{
    [Fact]
    public async Task Tell_ThreeRoutees_OneGetsEach()
    {
        var (router, probes) = Make(3);

        for (var i = 0; i < 6; i++) router.Tell(i);

        await probes[0].ExpectAllAsync(0, 3);
        await probes[1].ExpectAllAsync(1, 4);
        await probes[2].ExpectAllAsync(2, 5);
    }

    [Fact]
    public async Task Broadcast_ThreeRoutees_AllGetIt()
    {
        var (router, probes) = Make(3);

        router.Broadcast(7);

        foreach (var probe in probes) await probe.ExpectAsync(7);
    }

    [Fact]
    public async Task AddRoutee_AtRunTime_GetsItsShareAndOnlyOnce()
    {
        var (router, probes) = Make(1);
        var added = new TestProbe<int>(System, "added");

        router.AddRoutee(added.Ref);
        router.AddRoutee(added.Ref);
        for (var i = 0; i < 4; i++) router.Tell(i);

        router.Routees.ShouldBe([probes[0].Ref, added.Ref]);
        await probes[0].ExpectAllAsync(0, 2);
        await added.ExpectAllAsync(1, 3);
    }

    [Fact]
    public async Task RemoveRoutee_AtRunTime_LivesOnWithoutMessages()
    {
        var (router, probes) = Make(2);

        router.RemoveRoutee(probes[0].Ref);
        router.RemoveRoutee(probes[0].Ref);
        router.Tell(1);
        router.Tell(2);

        await probes[1].ExpectAllAsync(1, 2);
        await probes[0].ExpectNothingAsync();
    }

    [Fact]
    public async Task Routee_Stops_IsTakenOut()
    {
        var (router, probes) = Make(2);

        await System.StopAsync(probes[0].Ref).WaitAsync(TestSignal.Guard);
        await Eventually.TrueAsync("one routee is left", () => router.Routees.Count == 1);

        router.Routees.ShouldBe([probes[1].Ref]);
        router.Tell(1);
        await probes[1].ExpectAsync(1);
        System.DeadLetterCount.ShouldBe(0);
    }

    [Fact]
    public async Task Routee_HadStoppedBefore_IsTakenOut()
    {
        var (router, _) = Make(0);
        var probe = new TestProbe<int>(System);
        await System.StopAsync(probe.Ref).WaitAsync(TestSignal.Guard);

        router.AddRoutee(probe.Ref);

        await Eventually.TrueAsync("no routee is left", () => router.Routees.Count == 0);
    }

    [Fact]
    public async Task Routee_Stops_ItsParentLearnsOfItFirst()
    {
        var strategy = new InTurn();
        var (_, probes) = Make(1, strategy);
        var freed = new TaskCompletionSource<bool>();
        // Called by the notice to the router, on the thread that ends the routee: that must have told the parent.
        strategy.OnTable = () => freed.TrySetResult(SpinWait.SpinUntil(
            () => System.Inspect().Children.All(child => child.Path != "/user/routee-0"), TestSignal.Guard));

        await System.StopAsync(probes[0].Ref).WaitAsync(TestSignal.Guard);

        (await freed.Task.WaitAsync(TestSignal.Guard)).ShouldBeTrue();
    }

    [Fact]
    public async Task Routee_StopsAndTheStrategyThrows_IsPublishedAndNothingBreaks()
    {
        var failed = Listen<ActorFailed>("failed");
        var strategy = new InTurn();
        var (router, probes) = Make(2, strategy);
        var fault = new PuppetException("no table");
        strategy.OnTable = () => throw fault;

        await System.StopAsync(probes[0].Ref).WaitAsync(TestSignal.Guard);

        (await failed.ExpectAsync()).ShouldBe(new ActorFailed("/user/router", fault, Directive.Resume));
        router.Tell(1);
        router.Tell(2);
        await probes[1].ExpectAllAsync(1, 2);
    }

    [Fact]
    public async Task AddRoutee_RightAfterItsRemoval_IsWatched()
    {
        var routee = Spawn("one");
        var router = Router.Spawn(System, "router", new InTurn(), [routee]);
        // Both orders reach the routee in one go, and must be taken in the order in which they were given.
        var release = await routee.HoldAsync();
        router.RemoveRoutee(routee);
        router.AddRoutee(routee);

        release.Set();
        await routee.SettleAsync();
        await System.StopAsync(routee).WaitAsync(TestSignal.Guard);

        await Eventually.TrueAsync("no routee is left", () => router.Routees.Count == 0);
    }

    [Fact]
    public async Task Tell_NoRoutee_IsADeadLetter()
    {
        var letters = Listen<DeadLetter>("letters");
        var (router, _) = Make(0);

        router.Tell(1);

        router.TryTell(2).ShouldBeFalse();
        (await letters.ExpectAsync()).ShouldBe(new DeadLetter("/user/router", 1, DeadLetterReason.NoRoutee));
        await letters.ExpectNothingAsync();
    }

    [Fact]
    public async Task Tell_RouteeIsFull_AnotherGetsIt()
    {
        var held = System.Spawn(
            Puppet.Props() with { Mailbox = MailboxOptions.Bounded(1, OverflowRule.Reject) }, "held");
        var free = Spawn("free");
        var router = Router.Spawn(System, "router", new InTurn(), [held, free]);
        var release = await held.HoldAsync();
        var handled = new List<string>();
        Act note = self =>
        {
            lock (handled) handled.Add(self.Context.Path);
            return default;
        };

        for (var i = 0; i < 4; i++) router.Tell(note);
        await free.SettleAsync();
        release.Set();
        await System.StopAsync(free).WaitAsync(TestSignal.Guard);

        handled.Count(path => path == "/user/free").ShouldBe(3);
        System.DeadLetterCount.ShouldBe(0);
    }

    [Fact]
    public async Task Tell_WithKeyHash_StrategySeesIt()
    {
        var probes = Enumerable.Range(0, 3).Select(i => new TestProbe<int>(System, $"{i}")).ToArray();
        var router = Router.Spawn(
            System, "router", new ByKey(), probes.Select(probe => probe.Ref), message => (ulong)message);

        router.Tell(4);
        router.Tell(4);
        router.Tell(2);

        await probes[1].ExpectAllAsync(4, 4);
        await probes[2].ExpectAsync(2);
    }

    [Fact]
    public async Task Routee_AsTarget_ShowsPathWeightAndMailbox()
    {
        var strategy = new InTurn();
        var actor = Spawn("one");
        var release = await actor.HoldAsync();
        var router = Router.Spawn<Act>(System, "router", strategy, []);
        router.AddRoutee(actor, weight: 3);
        actor.Do(_ => { });
        actor.Do(_ => { });

        var target = strategy.Last!.ShouldHaveSingleItem();

        (target.Id, target.Weight, target.ActiveCount, target.IsAvailable).ShouldBe(("/user/one", 3, 2, true));
        (target.LatencyMilliseconds, target.Score).ShouldBe((0, 0));
        release.Set();
        await System.StopAsync(actor).WaitAsync(TestSignal.Guard);
        target.IsAvailable.ShouldBeFalse();
    }

    [Fact]
    public async Task StopAsync_Router_MessagesAreDeadLettersAndRouteesLiveOn()
    {
        var (router, probes) = Make(1);

        await System.StopAsync(router).WaitAsync(TestSignal.Guard);
        router.Tell(1);

        router.TryTell(2).ShouldBeFalse();
        await router.TellAsync(3);
        System.DeadLetterCount.ShouldBe(2);
        router.Routees.ShouldBeEmpty();
        router.AddRoutee(probes[0].Ref);
        router.Routees.ShouldBeEmpty();
        await probes[0].ExpectNothingAsync();
        await new TestProbe<int>(System).ExpectTerminatedAsync(router);
    }

    [Fact]
    public async Task Spawn_UnderAnActor_StopsWithIt()
    {
        var probe = new TestProbe<int>(System);
        var parent = Spawn("parent");
        var router = await parent.GetAsync(self => Router.Spawn(self.Context, "router", new InTurn(), [probe.Ref]));

        router.Path.ShouldBe("/user/parent/router");
        router.Tell(1);
        await probe.ExpectAsync(1);
        await System.StopAsync(parent).WaitAsync(TestSignal.Guard);

        router.TryTell(2).ShouldBeFalse();
    }

    [Fact]
    public async Task Stop_RouterUnderAnActor_StopsItAlone()
    {
        var probe = new TestProbe<int>(System);
        var parent = Spawn("parent");
        var router = await parent.GetAsync(self => Router.Spawn(self.Context, "router", new InTurn(), [probe.Ref]));

        parent.Do(self => self.Context.Stop(router));

        await new TestProbe<string>(System, "watcher").ExpectTerminatedAsync(router);
        await probe.ExpectNothingAsync();
        await parent.SettleAsync();
    }

    [Fact]
    public async Task AskAsync_ThroughTheRouter_RouteeReplies()
    {
        var routee = Spawn("one");
        var router = Router.Spawn(System, "router", new InTurn(), [routee]);

        var path = await router.AskAsync<string>(
            reply => self =>
            {
                reply.Tell(self.Context.Path);
                return default;
            },
            TestSignal.Guard);

        path.ShouldBe("/user/one");
    }

    [Fact]
    public async Task AddAndRemove_FromManyThreads_SetIsWhatItShouldBe()
    {
        var (router, _) = Make(0);
        var actors = Enumerable.Range(0, 64).Select(i => new TestProbe<int>(System, $"{i}").Ref).ToArray();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(part => Task.Run(() =>
        {
            for (var i = part * 16; i < (part + 1) * 16; i++)
            {
                router.AddRoutee(actors[i]);
                if (i % 2 == 0) router.RemoveRoutee(actors[i]);
            }
        })));

        router.Routees.ShouldBe(actors.Where((_, i) => i % 2 == 1), ignoreOrder: true);
    }

    private (RouterRef<int> Router, TestProbe<int>[] Probes) Make(int count, RoutingStrategy? strategy = null)
    {
        var probes = Enumerable.Range(0, count).Select(i => new TestProbe<int>(System, $"routee-{i}")).ToArray();
        return (Router.Spawn(System, "router", strategy ?? new InTurn(), probes.Select(probe => probe.Ref)), probes);
    }

    /// <summary>One after the other, those that are available.</summary>
    private sealed class InTurn : RoutingStrategy
    {
        internal IReadOnlyList<IRoutingTarget>? Last { get; private set; }

        internal Action? OnTable { get; set; }

        public override string Name => "in-turn";

        public override RoutingTable<TTarget> CreateTable<TTarget>(
            TTarget[] targets, RoutingTable<TTarget>? previous = null)
        {
            OnTable?.Invoke();
            Last = [.. targets];
            return new Table<TTarget>(targets, (previous as Table<TTarget>)?.Position ?? -1);
        }

        private sealed class Table<TTarget>(TTarget[] targets, int position) : RoutingTable<TTarget>(targets)
            where TTarget : class, IRoutingTarget
        {
            private int _position = position;

            internal int Position => Volatile.Read(ref _position);

            public override TTarget? Select(in RoutingRequest request)
            {
                for (var i = 0; i < Targets.Length; i++)
                {
                    var target = Targets[Interlocked.Increment(ref _position) % Targets.Length];
                    if (target.IsAvailable) return target;
                }

                return null;
            }
        }
    }

    private sealed class ByKey : RoutingStrategy
    {
        public override string Name => "by-key";

        public override RoutingTable<TTarget> CreateTable<TTarget>(
            TTarget[] targets, RoutingTable<TTarget>? previous = null) => new Table<TTarget>(targets);

        private sealed class Table<TTarget>(TTarget[] targets) : RoutingTable<TTarget>(targets)
            where TTarget : class, IRoutingTarget
        {
            public override TTarget? Select(in RoutingRequest request) =>
                Targets.Length == 0 ? null : Targets[(int)(request.KeyHash % (ulong)Targets.Length)];
        }
    }
}
