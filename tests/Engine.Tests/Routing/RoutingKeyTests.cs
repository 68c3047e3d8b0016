using ActorBalancer.Engine.Routing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Routing;

public sealed class RoutingKeyTests
{
    [Fact]
    public void Hash_EmptyKey_IsZero() => RoutingKey.Hash("").ShouldBe(0ul);

    /// <summary>Expected values from a separate implementation in Python.</summary>
    [Theory]
    [InlineData("a", 198367012849983736ul)]
    [InlineData("session-1", 10348509449063778181ul)]
    [InlineData("\u00fc\ud83d\ude00", 9076097403041295156ul)]
    public void Hash_SameKey_IsTheSameOnEveryMachine(string key, ulong expected) =>
        RoutingKey.Hash(key).ShouldBe(expected);

    [Fact]
    public void Hash_ShortKeys_DifferInAboutHalfOfTheBits()
    {
        for (int number = 0; number < 1_000; number++)
        {
            ulong difference = RoutingKey.Hash($"{number}") ^ RoutingKey.Hash($"{number + 1}");
            ulong.PopCount(difference).ShouldBeInRange(10ul, 54ul);
        }
    }
}
