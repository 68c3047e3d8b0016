using ActorBalancer.Actors.Events;
using ActorBalancer.Actors.Tests.Kit;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Actors.Tests.Events;

public sealed class DeadLetterTests : ActorTest
{
    [Fact]
    public async Task Tell_ActorHasStopped_IsCountedAndPublished()
    {
        var letters = Listen<DeadLetter>("letters");
        var actor = Spawn("one");
        await System.StopAsync(actor).WaitAsync(TestSignal.Guard);
        Act message = static _ => default;

        actor.Tell(message);

        System.DeadLetterCount.ShouldBe(1);
        var letter = await letters.ExpectAsync();
        letter.ShouldBe(new DeadLetter("/user/one", message, DeadLetterReason.ActorStopped));
        letter.MessageType.ShouldBe(typeof(Act));
    }

    [Fact]
    public async Task Tell_ManyToAStoppedActor_AllAreCountedFewPublishedAndTheRestSummed()
    {
        const int Count = 1_000;
        var letters = Listen<DeadLetter>("letters");
        var sums = Listen<DeadLettersSuppressed>("sums");
        var actor = Spawn("one");
        await System.StopAsync(actor).WaitAsync(TestSignal.Guard);

        for (var i = 0; i < Count; i++) actor.Tell(static _ => default);
        Clock.Advance(DeadLetterOffice.Window);

        System.DeadLetterCount.ShouldBe(Count);
        for (var i = 0; i < DeadLetterOffice.PublishedPerWindow; i++) await letters.ExpectAsync();
        await letters.ExpectNothingAsync();
        await sums.ExpectAsync(
            new DeadLettersSuppressed(Count - DeadLetterOffice.PublishedPerWindow, DeadLetterOffice.Window));
    }

    [Fact]
    public async Task Tell_InTheNextWindow_IsPublishedAgain()
    {
        var letters = Listen<DeadLetter>("letters");
        var actor = Spawn("one");
        await System.StopAsync(actor).WaitAsync(TestSignal.Guard);
        for (var i = 0; i < 100; i++) actor.Tell(static _ => default);
        for (var i = 0; i < DeadLetterOffice.PublishedPerWindow; i++) await letters.ExpectAsync();

        Clock.Advance(DeadLetterOffice.Window);
        actor.Tell(static _ => default);

        await letters.ExpectAsync();
    }

    [Fact]
    public async Task Tell_NobodyListens_IsCountedWithoutATimer()
    {
        var actor = Spawn("one");
        await System.StopAsync(actor).WaitAsync(TestSignal.Guard);

        for (var i = 0; i < 100; i++) actor.Tell(static _ => default);

        System.DeadLetterCount.ShouldBe(100);
        Clock.ActiveTimers.ShouldBe(0);
    }

    [Fact]
    public async Task TerminateAsync_SummaryPending_LeavesNoTimer()
    {
        Listen<DeadLetter>("letters");
        var actor = Spawn("one");
        await System.StopAsync(actor).WaitAsync(TestSignal.Guard);
        for (var i = 0; i < 100; i++) actor.Tell(static _ => default);
        Clock.ActiveTimers.ShouldBe(1);

        await System.TerminateAsync().WaitAsync(TestSignal.Guard);

        Clock.ActiveTimers.ShouldBe(0);
    }
}
