using ActorBalancer.Actors.Mailboxes;
using Shouldly;
using Xunit;

namespace ActorBalancer.Actors.Tests.Mailboxes;

public sealed class SegmentTests
{
    [Fact]
    public void TryPost_Full_IsFalseUntilOneIsTaken()
    {
        var segment = new Segment<int>(4, 0);
        for (var i = 0; i < 4; i++) segment.TryPost(i).ShouldBeTrue();

        segment.TryPost(4).ShouldBeFalse();
        segment.TryTake(out _).ShouldBeTrue();
        segment.TryPost(4).ShouldBeTrue();
    }

    [Fact]
    public void TryPost_Frozen_IsFalseThoughThereIsRoom()
    {
        var segment = new Segment<int>(4, 0);
        segment.TryPost(0).ShouldBeTrue();

        var next = segment.Freeze(8);

        segment.TryPost(1).ShouldBeFalse();
        segment.IsFrozen.ShouldBeTrue();
        segment.IsDrained.ShouldBeFalse();
        segment.TryTake(out _).ShouldBeTrue();
        segment.IsDrained.ShouldBeTrue();
        (next.Before, next.Capacity, next.Posted).ShouldBe((1, 8, 1));
    }

    [Fact]
    public void Freeze_Twice_GivesTheSameSuccessor()
    {
        var segment = new Segment<int>(4, 0);

        segment.Freeze(8).ShouldBeSameAs(segment.Freeze(8));
    }

    [Fact]
    public void Freeze_AtTheLargest_SuccessorIsNoLarger() => new Segment<int>(8, 0).Freeze(8).Capacity.ShouldBe(8);
}
