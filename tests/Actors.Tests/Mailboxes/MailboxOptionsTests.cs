using Shouldly;
using Xunit;

namespace ActorBalancer.Actors.Tests.Mailboxes;

public sealed class MailboxOptionsTests
{
    [Fact]
    public void Bounded_CapacityBelowOne_Throws() =>
        Should.Throw<ArgumentOutOfRangeException>(() => MailboxOptions.Bounded(0, OverflowRule.Wait));

    [Fact]
    public void Bounded_UnknownRule_Throws() =>
        Should.Throw<ArgumentOutOfRangeException>(() => MailboxOptions.Bounded(1, (OverflowRule)9));

    [Fact]
    public void Unbounded_Capacity_IsNull() => MailboxOptions.Unbounded.Capacity.ShouldBeNull();
}
