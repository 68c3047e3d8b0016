using System.Diagnostics;
using ActorBalancer.Actors.Cells;
using ActorBalancer.Actors.Tests.Kit;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Actors.Tests.Cells;

public sealed class ActorCellTurnTests : ActorTest
{
    [Fact]
    public async Task Tell_HandlerAwaits_NextMessageWaitsForItsEnd()
    {
        var actor = Spawn("one");
        var log = new List<string>();
        var release = new TestSignal("release");
        var reached = new TestSignal("first await");

        actor.Tell(async _ =>
        {
            log.Add("begin");
            reached.Set();
            await release.WaitAsync();
            log.Add("end");
        });
        actor.Do(_ => log.Add("next"));
        await reached.WaitAsync();
        log.ShouldBe(["begin"]);
        release.Set();
        await actor.SettleAsync();

        log.ShouldBe(["begin", "end", "next"]);
    }

    [Fact]
    public async Task Tell_ManyAwaitingHandlers_NeverTwoAtOnce()
    {
        var actor = Spawn("one");
        var inside = 0;
        var most = 0;

        for (var i = 0; i < 2_000; i++)
        {
            actor.Tell(async _ =>
            {
                most = Math.Max(most, Interlocked.Increment(ref inside));
                await Task.Yield();
                Interlocked.Decrement(ref inside);
            });
        }

        await actor.SettleAsync();
        most.ShouldBe(1);
    }

    [Fact]
    public async Task Tell_HandlerEndsAtOnce_NothingIsAllocatedPerMessage()
    {
        const int Count = 1_000;
        var options = new ActorSystemOptions { Throughput = Count * 2 };
        await using var system = new ActorSystem("lean", options);
        var meter = new Meter(Count);
        var actor = system.Spawn(Props.Create(() => meter), "meter");

        // The first message holds the actor until all are in the mailbox, so one turn takes them all.
        for (var i = 0; i <= Count; i++) actor.Tell(i);
        meter.Release.Set();
        await meter.Done.WaitAsync();

        meter.AllocatedBytes.ShouldBe(0);
    }

    [Fact]
    public async Task Tell_BacklogBeyondThroughput_TurnsAreCutShort()
    {
        const int Count = 10_000;
        const int Throughput = 10;
        await using var system = new ActorSystem("fair", new ActorSystemOptions { Throughput = Throughput });
        var actor = system.Spawn(Puppet.Props(), "one");
        var release = await actor.HoldAsync();
        for (var i = 0; i < Count; i++) actor.Do(static _ => { });

        var before = ThreadPool.CompletedWorkItemCount;
        release.Set();
        await actor.SettleAsync();

        (ThreadPool.CompletedWorkItemCount - before).ShouldBeGreaterThanOrEqualTo(Count / Throughput);
    }

    [Fact]
    public async Task Tell_StopBehindUserMessages_GoesFirst()
    {
        var actor = Spawn("one");
        var handled = new List<int>();

        // Both are posted in the actor's own turn, so no other turn can come between.
        actor.Do(self =>
        {
            self.Context.Self.Do(_ => handled.Add(1));
            self.Context.StopSelf();
        });
        await System.StopAsync(actor).WaitAsync(TestSignal.Guard);

        handled.ShouldBeEmpty();
    }

    [Fact]
    public async Task Tell_ManyProducers_EachOnesOrderIsKeptAndNoneIsLost()
    {
        const int Producers = 8;
        const int PerProducer = 20_000;
        var checker = new OrderChecker(Producers, PerProducer);
        var actor = System.Spawn(Props.Create(() => checker), "checker");
        using var barrier = new Barrier(Producers);

        var producers = Enumerable.Range(0, Producers).Select(producer => Task.Factory.StartNew(
            () =>
            {
                barrier.SignalAndWait();
                for (var i = 0; i < PerProducer; i++) actor.Tell((producer, i));
            },
            TaskCreationOptions.LongRunning));
        await Task.WhenAll(producers);
        await checker.Done.WaitAsync();

        checker.Faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task StopAsync_UnderLoad_EveryMessageIsHandledOrADeadLetter()
    {
        const int Producers = 4;
        for (var round = 0; round < 50; round++)
        {
            await using var system = new ActorSystem("load");
            var counter = new CountingActor();
            var actor = system.Spawn(Props.Create(() => counter), "counter");
            var sent = 0L;
            using var barrier = new Barrier(Producers + 1);
            var producers = Enumerable.Range(0, Producers).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    barrier.SignalAndWait();
                    for (var i = 0; i < 1_000; i++) actor.Tell(i);
                    Interlocked.Add(ref sent, 1_000);
                },
                TaskCreationOptions.LongRunning)).ToArray();
            barrier.SignalAndWait();
            await counter.Begun.WaitAsync();
            var stopped = system.StopAsync(actor);
            await Task.WhenAll(producers);
            await stopped.WaitAsync(TestSignal.Guard);

            // By itself: nothing more is sent to the actor that would make it look for late messages (M4).
            await Eventually.TrueAsync(
                $"all {sent} messages are accounted for", () => counter.Handled + system.DeadLetterCount == sent);
        }
    }

    [Fact]
    public async Task Tell_WhileTheTurnEnds_NoMessageIsStranded()
    {
        // The sender follows right behind the handler, at a distance that changes: again and again the message comes
        // while the turn has found nothing more and gives its claim up, the race of M2.
        var tally = new Tally();
        var actor = System.Spawn(Props.Create(() => tally), "tally");

        await Task.Factory.StartNew(
            () =>
            {
                for (var sent = 1; sent <= 50_000; sent++)
                {
                    actor.Tell(sent);
                    var since = Stopwatch.GetTimestamp();
                    var spin = default(SpinWait);
                    while (tally.Last != sent)
                    {
                        spin.SpinOnce(sleep1Threshold: -1);
                        if (Stopwatch.GetElapsedTime(since) > TestSignal.Guard)
                            throw new TimeoutException($"Message {sent} is stranded.");
                    }

                    Thread.SpinWait(sent % 32);
                }
            },
            TaskCreationOptions.LongRunning);
    }

    [Fact]
    public async Task Post_ActorHasStoppedSinceTheSenderLooked_IsADeadLetter()
    {
        var actor = Spawn("one");
        await System.StopAsync(actor).WaitAsync(TestSignal.Guard);

        ((ActorCell<Act>)actor).Post(static _ => default);

        await Eventually.TrueAsync("the late message is a dead letter", () => System.DeadLetterCount == 1);
    }

    [Fact]
    public async Task Tell_Null_Throws() =>
        await Should.ThrowAsync<ArgumentNullException>(() =>
        {
            Spawn("one").Tell(null!);
            return Task.CompletedTask;
        });

    [Fact]
    public async Task Context_InTheConstructor_FailsTheStartWithAHint()
    {
        var failed = Listen<ActorFailed>("failed");

        System.Spawn(Props.Create(() => new Hasty()), "hasty");

        var failure = await failed.ExpectAsync();
        failure.Exception.Message.ShouldContain("PreStartAsync");
    }

    private sealed class Meter(int count) : Actor<int>
    {
        private long _start;

        internal TestSignal Release { get; } = new("all messages posted");

        internal TestSignal Done { get; } = new("all messages handled");

        internal long AllocatedBytes { get; private set; } = -1;

        protected override ValueTask OnReceiveAsync(int message)
        {
            if (message == 0) return new ValueTask(Release.WaitAsync());
            if (message == 1) _start = GC.GetAllocatedBytesForCurrentThread();
            if (message != count) return default;
            AllocatedBytes = GC.GetAllocatedBytesForCurrentThread() - _start;
            Done.Set();
            return default;
        }
    }

    private sealed class OrderChecker(int producers, int perProducer) : Actor<(int Producer, int Number)>
    {
        private readonly int[] _next = new int[producers];
        private int _left = producers * perProducer;

        internal List<string> Faults { get; } = [];

        internal TestSignal Done { get; } = new("all messages of all producers");

        protected override ValueTask OnReceiveAsync((int Producer, int Number) message)
        {
            if (_next[message.Producer]++ != message.Number)
                Faults.Add($"producer {message.Producer}: {message.Number}");
            if (--_left == 0) Done.Set();
            return message.Number % 1_000 == 0 ? AwaitAsync() : default;
        }

        private static async ValueTask AwaitAsync() => await Task.Yield();
    }

    private sealed class CountingActor : Actor<int>
    {
        internal TestSignal Begun { get; } = new("first message");

        internal long Handled { get; private set; }

        protected override ValueTask OnReceiveAsync(int message)
        {
            Handled++;
            Begun.Set();
            return default;
        }
    }

    private sealed class Tally : Actor<int>
    {
        private int _last;

        internal int Last => Volatile.Read(ref _last);

        protected override ValueTask OnReceiveAsync(int message)
        {
            Volatile.Write(ref _last, message);
            return default;
        }
    }

    private sealed class Hasty : Actor<int>
    {
        public Hasty() => Context.StopSelf();

        protected override ValueTask OnReceiveAsync(int message) => default;
    }
}
