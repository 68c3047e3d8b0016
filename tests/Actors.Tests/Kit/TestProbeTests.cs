using ActorBalancer.Testing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Actors.Tests.Kit;

public sealed class TestProbeTests : ActorTest
{
    private abstract record Fruit;

    private sealed record Apple(int Size) : Fruit;

    private sealed record Pear : Fruit;

    [Fact]
    public async Task ExpectAsync_ByType_GivesTheMessage()
    {
        var probe = new TestProbe<Fruit>(System);
        probe.Ref.Tell(new Apple(3));

        (await probe.ExpectAsync<Apple>()).Size.ShouldBe(3);
    }

    [Fact]
    public async Task ExpectAsync_AnotherType_TellsWhatWasExpectedAndWhatCame()
    {
        var probe = new TestProbe<Fruit>(System);
        probe.Ref.Tell(new Apple(3));
        probe.Ref.Tell(new Pear());
        await probe.ExpectAsync();

        var thrown = await Should.ThrowAsync<ProbeException>(probe.ExpectAsync<Apple>());

        thrown.Message.ShouldContain("/user/probe expected a Apple, but Pear");
        thrown.Message.ShouldContain("Size = 3");
    }

    [Fact]
    public async Task ExpectAsync_AnotherValue_Throws()
    {
        var probe = new TestProbe<Fruit>(System);
        probe.Ref.Tell(new Apple(3));

        await Should.ThrowAsync<ProbeException>(probe.ExpectAsync(new Apple(4)));
    }

    [Fact]
    public async Task ExpectNothingAsync_SomethingCame_Throws()
    {
        var probe = new TestProbe<Fruit>(System);
        await probe.ExpectNothingAsync();
        probe.Ref.Tell(new Pear());

        await Should.ThrowAsync<ProbeException>(probe.ExpectNothingAsync());
    }

    [Fact]
    public async Task ExpectTerminatedAsync_MessageComesFirst_Throws()
    {
        var probe = new TestProbe<Fruit>(System);
        var actor = Spawn("one");
        await probe.WatchAsync(actor);
        probe.Ref.Tell(new Pear());
        await System.StopAsync(actor).WaitAsync(TestSignal.Guard);

        await Should.ThrowAsync<ProbeException>(probe.ExpectTerminatedAsync(actor));
    }

    [Fact]
    public async Task ExpectTerminatedAsync_AnotherActor_Throws()
    {
        var probe = new TestProbe<Fruit>(System);
        var (one, two) = (Spawn("one"), Spawn("two"));
        await probe.WatchAsync(one);
        await System.StopAsync(one).WaitAsync(TestSignal.Guard);

        await Should.ThrowAsync<ProbeException>(probe.ExpectTerminatedAsync(two));
    }
}
