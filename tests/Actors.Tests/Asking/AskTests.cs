using ActorBalancer.Actors.Tests.Kit;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Actors.Tests.Asking;

public sealed class AskTests : ActorTest
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task AskAsync_Replied_GivesTheReplyAndLeavesNoTimer()
    {
        var actor = Spawn("one");

        var reply = await actor.AskAsync<string>(to => Reply(to, "hello"), Timeout);

        reply.ShouldBe("hello");
        Clock.ActiveTimers.ShouldBe(0);
    }

    [Fact]
    public async Task AskAsync_WithState_NeedsNoClosure()
    {
        var actor = Spawn("one");

        var reply = await actor.AskAsync<string, string>("hello", static (state, to) => Reply(to, state), Timeout);

        reply.ShouldBe("hello");
    }

    [Fact]
    public async Task AskAsync_NoReply_ThrowsNamingActorTypeAndTime()
    {
        var actor = Spawn("one");
        var asking = actor.AskAsync<string>(_ => Ignore, Timeout).AsTask();

        Clock.Advance(Timeout - TimeSpan.FromTicks(1));
        asking.IsCompleted.ShouldBeFalse();
        Clock.Advance(TimeSpan.FromTicks(1));

        var thrown = await Should.ThrowAsync<AskTimeoutException>(asking);
        (thrown.Path, thrown.ReplyType, thrown.Timeout).ShouldBe(("/user/one", typeof(string), Timeout));
        thrown.Message.ShouldContain("/user/one");
        thrown.Message.ShouldContain("String");
        thrown.Message.ShouldContain("00:00:05");
    }

    [Fact]
    public async Task AskAsync_ReplyAfterTheTimeout_IsADeadLetter()
    {
        var letters = Listen<DeadLetter>("letters");
        var actor = Spawn("one");
        ActorRef<string>? late = null;
        var asking = actor.AskAsync<string>(
            to =>
            {
                late = to;
                return Ignore;
            },
            Timeout).AsTask();
        Clock.Advance(Timeout);
        await Should.ThrowAsync<AskTimeoutException>(asking);

        late!.Tell("too late");

        var letter = await letters.ExpectAsync();
        (letter.Path, letter.Message, letter.Reason)
            .ShouldBe(("/user/one/ask", "too late", DeadLetterReason.LateReply));
        late.TryTell("again").ShouldBeFalse();
    }

    [Fact]
    public async Task AskAsync_RepliedTwice_SecondIsADeadLetter()
    {
        var actor = Spawn("one");

        var reply = await actor.AskAsync<int>(
            to => _ =>
            {
                to.Tell(1);
                to.Tell(2);
                return default;
            },
            Timeout);
        await actor.SettleAsync();

        reply.ShouldBe(1);
        System.DeadLetterCount.ShouldBe(1);
    }

    [Fact]
    public async Task AskAsync_Cancelled_ThrowsAndLeavesNoTimer()
    {
        var actor = Spawn("one");
        using var cancel = new CancellationTokenSource();
        var asking = actor.AskAsync<string>(_ => Ignore, Timeout, cancel.Token).AsTask();

        await cancel.CancelAsync();

        (await Should.ThrowAsync<OperationCanceledException>(asking)).CancellationToken.ShouldBe(cancel.Token);
        Clock.ActiveTimers.ShouldBe(0);
    }

    [Fact]
    public async Task AskAsync_CancelledBefore_SendsNothing()
    {
        var actor = Spawn("one");

        await Should.ThrowAsync<OperationCanceledException>(actor.AskAsync<string>(
            _ => throw new InvalidOperationException("must not be made"),
            Timeout,
            new CancellationToken(canceled: true)).AsTask());
    }

    [Fact]
    public async Task AskAsync_Infinite_ArmsNoTimer()
    {
        var actor = Spawn("one");
        var release = await actor.HoldAsync();
        var asking = actor.AskAsync<string>(
            to => Reply(to, "hello"), global::System.Threading.Timeout.InfiniteTimeSpan);

        Clock.ActiveTimers.ShouldBe(0);
        release.Set();

        (await asking).ShouldBe("hello");
    }

    [Fact]
    public void AskAsync_TimeoutNotPositive_Throws() => Should.Throw<ArgumentOutOfRangeException>(
        () => { _ = Spawn("one").AskAsync<string>(_ => Ignore, TimeSpan.Zero).AsTask(); });

    [Fact]
    public void AskAsync_MessageCannotBeMade_ThrowsAndLeavesNoTimer()
    {
        var actor = Spawn("one");

        Should.Throw<PuppetException>(
            () => { _ = actor.AskAsync<string>(_ => throw new PuppetException("none"), Timeout).AsTask(); });

        Clock.ActiveTimers.ShouldBe(0);
    }

    [Fact]
    public async Task AskAsync_ActorHasStopped_IsADeadLetterAndTimesOut()
    {
        var actor = Spawn("one");
        await System.StopAsync(actor).WaitAsync(TestSignal.Guard);
        var asking = actor.AskAsync<string>(to => Reply(to, "hello"), Timeout).AsTask();

        Clock.Advance(Timeout);

        await Should.ThrowAsync<AskTimeoutException>(asking);
        System.DeadLetterCount.ShouldBe(1);
    }

    [Fact]
    public async Task AskAsync_MailboxFullAndRuleWait_WaitsForRoom()
    {
        var actor = System.Spawn(
            Puppet.Props() with { Mailbox = MailboxOptions.Bounded(1, OverflowRule.Wait) }, "bounded");
        var release = await actor.HoldAsync();
        actor.Tell(Ignore);
        var asking = actor.AskAsync<string>(to => Reply(to, "hello"), Timeout).AsTask();

        asking.IsCompleted.ShouldBeFalse();
        release.Set();

        (await asking.WaitAsync(TestSignal.Guard)).ShouldBe("hello");
        System.DeadLetterCount.ShouldBe(0);
    }

    [Fact]
    public async Task AskAsync_ReplyAndTimeoutRace_ExactlyOneWins()
    {
        for (var round = 0; round < 500; round++)
        {
            ActorRef<int>? reply = null;
            var actor = Spawn($"race-{round}");
            var asking = actor.AskAsync<int>(
                to =>
                {
                    reply = to;
                    return Ignore;
                },
                Timeout).AsTask();
            var replied = Task.Run(() => reply!.TryTell(1));

            Clock.Advance(Timeout);
            var won = await replied;

            if (won) (await asking).ShouldBe(1);
            else await Should.ThrowAsync<AskTimeoutException>(asking);
        }
    }

    private static readonly Act Ignore = static _ => default;

    private static Act Reply(ActorRef<string> to, string text) => _ =>
    {
        to.Tell(text);
        return default;
    };
}
