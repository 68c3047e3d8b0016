using ActorBalancer.Actors.Mailboxes;
using ActorBalancer.Actors.Tests.Kit;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Actors.Tests.Mailboxes;

public sealed class BoundedMailboxTests : ActorTest
{
    [Fact]
    public async Task TryTell_RejectAndFull_IsFalseAndTheMessageStaysTheCallers()
    {
        var (actor, release) = await HeldAsync(2, OverflowRule.Reject);

        actor.TryTell(Nothing).ShouldBeTrue();
        actor.TryTell(Nothing).ShouldBeTrue();
        actor.TryTell(Nothing).ShouldBeFalse();

        System.DeadLetterCount.ShouldBe(0);
        release.Set();
        await SettleBoundedAsync(actor);
        actor.TryTell(Nothing).ShouldBeTrue();
    }

    [Theory]
    [InlineData(OverflowRule.Reject)]
    [InlineData(OverflowRule.Wait)]
    [InlineData(OverflowRule.DropToDeadLetters)]
    public async Task Tell_Full_IsADeadLetterWithTheReason(OverflowRule rule)
    {
        var (actor, release) = await HeldAsync(1, rule);
        var letters = Listen<DeadLetter>("letters");
        actor.Tell(Nothing);

        actor.Tell(Nothing);

        var letter = await letters.ExpectAsync();
        (letter.Path, letter.Reason, letter.Message).ShouldBe((actor.Path, DeadLetterReason.MailboxFull, Nothing));
        release.Set();
    }

    [Fact]
    public async Task TryTell_DropAndFull_IsTrueAndADeadLetter()
    {
        var (actor, release) = await HeldAsync(1, OverflowRule.DropToDeadLetters);
        actor.Tell(Nothing);

        actor.TryTell(Nothing).ShouldBeTrue();

        System.DeadLetterCount.ShouldBe(1);
        release.Set();
    }

    [Fact]
    public async Task TryTell_WaitAndFull_IsFalse()
    {
        var (actor, release) = await HeldAsync(1, OverflowRule.Wait);
        actor.Tell(Nothing);

        actor.TryTell(Nothing).ShouldBeFalse();

        release.Set();
    }

    [Fact]
    public async Task TellAsync_RejectAndFull_EndsAtOnceAsADeadLetter()
    {
        var (actor, release) = await HeldAsync(1, OverflowRule.Reject);
        actor.Tell(Nothing);

        await actor.TellAsync(Nothing);

        System.DeadLetterCount.ShouldBe(1);
        release.Set();
    }

    [Fact]
    public async Task TellAsync_WaitAndRoom_EndsAtOnce()
    {
        var (actor, release) = await HeldAsync(1, OverflowRule.Wait);

        actor.TellAsync(Nothing).AsTask().IsCompletedSuccessfully.ShouldBeTrue();

        release.Set();
    }

    [Fact]
    public async Task TellAsync_WaitAndFull_WaitsAndKeepsTheOrder()
    {
        var (actor, release) = await HeldAsync(1, OverflowRule.Wait);
        var handled = new List<int>();
        Act Number(int number) => _ =>
        {
            handled.Add(number);
            return default;
        };
        actor.Tell(Number(0));

        var sends = Enumerable.Range(1, 20).Select(number => actor.TellAsync(Number(number)).AsTask()).ToArray();
        sends.ShouldAllBe(send => !send.IsCompleted);
        release.Set();
        await Task.WhenAll(sends).WaitAsync(TestSignal.Guard);
        await actor.TellAsync(Nothing);
        await System.StopAsync(await SettleBoundedAsync(actor)).WaitAsync(TestSignal.Guard);

        handled.ShouldBe(Enumerable.Range(0, 21));
    }

    [Fact]
    public async Task TellAsync_Cancelled_IsNotSentAndTheNextGoesOn()
    {
        var (actor, release) = await HeldAsync(1, OverflowRule.Wait);
        var handled = new List<string>();
        actor.Tell(Nothing);
        using var cancel = new CancellationTokenSource();
        var first = actor.TellAsync(Line("first"), cancel.Token).AsTask();
        var second = actor.TellAsync(Line("second")).AsTask();

        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(first);
        release.Set();
        await second.WaitAsync(TestSignal.Guard);
        await SettleBoundedAsync(actor);

        handled.ShouldBe(["second"]);
        System.DeadLetterCount.ShouldBe(0);

        Act Line(string line) => _ =>
        {
            handled.Add(line);
            return default;
        };
    }

    [Fact]
    public async Task TellAsync_TokenCancelledBefore_IsNotSent()
    {
        var (actor, release) = await HeldAsync(1, OverflowRule.Wait);

        await Should.ThrowAsync<OperationCanceledException>(
            actor.TellAsync(Nothing, new CancellationToken(canceled: true)).AsTask());

        actor.MailboxLength.ShouldBe(0);
        release.Set();
    }

    [Fact]
    public async Task TellAsync_ActorStopsMeanwhile_EndsAndTheMessageIsADeadLetter()
    {
        var (actor, release) = await HeldAsync(1, OverflowRule.Wait);
        actor.Tell(Nothing);
        var waiting = actor.TellAsync(Nothing).AsTask();

        var stopped = System.StopAsync(actor);
        release.Set();
        await stopped.WaitAsync(TestSignal.Guard);
        await waiting.WaitAsync(TestSignal.Guard);

        System.DeadLetterCount.ShouldBe(2);
    }

    [Fact]
    public async Task TellAsync_ManyProducersOnASmallMailbox_AllArriveAndNeverTooMany()
    {
        const int Producers = 4;
        const int PerProducer = 2_000;
        const int Capacity = 8;
        var actor = Spawn(Capacity, OverflowRule.Wait);
        var handled = 0;
        var longest = 0;
        Act count = _ =>
        {
            handled++;
            longest = Math.Max(longest, actor.MailboxLength);
            return default;
        };

        await Task.WhenAll(Enumerable.Range(0, Producers).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < PerProducer; i++) await actor.TellAsync(count);
        }))).WaitAsync(TestSignal.Guard);
        await SettleBoundedAsync(actor);

        handled.ShouldBe(Producers * PerProducer);
        longest.ShouldBeLessThanOrEqualTo(Capacity);
        System.DeadLetterCount.ShouldBe(0);
    }

    [Fact]
    public async Task TellAsync_WhileTheTurnEnds_NoWaiterIsStranded()
    {
        // One sender on one place: again and again it finds the mailbox full and begins to wait while the actor takes
        // the last message and goes idle, the race of B3.
        var actor = Spawn(1, OverflowRule.Wait);
        for (var i = 0; i < 50_000; i++)
        {
            var sending = actor.TellAsync(Nothing);
            if (!sending.IsCompleted) await sending.AsTask().WaitAsync(TestSignal.Guard);
            Thread.SpinWait(i % 16);
        }
    }

    [Fact]
    public async Task TryPost_SomebodyWaits_IsFalseThoughThereIsRoom()
    {
        var mailbox = new BoundedMailbox<string>(1, OverflowRule.Wait);
        mailbox.TryPost("first").ShouldBeTrue();
        var waiting = mailbox.WaitAsync("second", CancellationToken.None);
        mailbox.TryTake(out _).ShouldBeTrue();
        mailbox.Release();
        mailbox.CanAdmit.ShouldBeTrue();

        mailbox.TryPost("third").ShouldBeFalse();

        mailbox.Admit();
        await waiting.WaitAsync(TestSignal.Guard);
        mailbox.CanAdmit.ShouldBeFalse();
        mailbox.TryTake(out var message).ShouldBeTrue();
        message.ShouldBe("second");
    }

    [Fact]
    public async Task TellAsync_StopUnderLoad_EveryMessageIsHandledOrADeadLetter()
    {
        const int PerProducer = 500;
        for (var round = 0; round < 30; round++)
        {
            await using var system = new ActorSystem("load");
            var actor = system.Spawn(
                Puppet.Props() with { Mailbox = MailboxOptions.Bounded(4, OverflowRule.Wait) }, "one");
            var handled = 0;
            var begun = new TestSignal("first message");
            Act count = _ =>
            {
                handled++;
                begun.Set();
                return default;
            };
            var producers = Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
            {
                for (var i = 0; i < PerProducer; i++) await actor.TellAsync(count);
            })).ToArray();

            await begun.WaitAsync();
            await system.StopAsync(actor).WaitAsync(TestSignal.Guard);
            await Task.WhenAll(producers).WaitAsync(TestSignal.Guard);

            await Eventually.TrueAsync(
                "all messages are accounted for", () => handled + system.DeadLetterCount == 3 * PerProducer);
        }
    }

    [Fact]
    public async Task PipeToSelfAndTimer_MailboxFull_ArriveAllTheSame()
    {
        var (actor, release) = await HeldAsync(1, OverflowRule.Reject, self =>
        {
            self.Context.Timers.StartSingle("timer", other => Say(other, "timer"), TimeSpan.FromSeconds(1));
            self.Context.PipeToSelf(Task.CompletedTask, () => other => Say(other, "piped"), _ => Nothing);
        });
        var log = _said;
        Clock.Advance(TimeSpan.FromSeconds(1));
        actor.TryTell(Nothing).ShouldBeFalse("the piped message stands in the only place");

        release.Set();
        await SettleBoundedAsync(actor);

        log.ShouldBe(["piped", "timer"], ignoreOrder: true);
        System.DeadLetterCount.ShouldBe(0);
    }

    private readonly List<string> _said = [];

    private ValueTask Say(Puppet puppet, string word)
    {
        _ = puppet;
        _said.Add(word);
        return default;
    }

    private static readonly Act Nothing = static _ => default;

    private ActorRef<Act> Spawn(int capacity, OverflowRule rule) => System.Spawn(
        Puppet.Props() with { Mailbox = MailboxOptions.Bounded(capacity, rule) }, "bounded");

    /// <summary>An actor that is busy, with an empty mailbox.</summary>
    private async Task<(ActorRef<Act> Actor, TestSignal Release)> HeldAsync(
        int capacity, OverflowRule rule, Action<Puppet>? first = null)
    {
        var actor = Spawn(capacity, rule);
        if (first is not null)
        {
            var release = new TestSignal("release");
            var held = new TestSignal("hold");
            actor.Tell(async self =>
            {
                first(self);
                held.Set();
                await release.WaitAsync();
            });
            await held.WaitAsync();
            return (actor, release);
        }

        return (actor, await actor.HoldAsync());
    }

    /// <summary>Waits for all that was told before, with room or without.</summary>
    private static async Task<ActorRef<Act>> SettleBoundedAsync(ActorRef<Act> actor)
    {
        var done = new TestSignal($"{actor} to settle");
        Act set = _ =>
        {
            done.Set();
            return default;
        };
        await Eventually.TrueAsync($"room in {actor}", () => actor.TryTell(set));
        await done.WaitAsync();
        return actor;
    }
}
