using Shouldly;
using Xunit;

namespace ActorBalancer.Actors.Tests.Supervision;

public sealed class SupervisorStrategyTests
{
    [Fact]
    public void Init_ValueOutOfRange_ThrowsNamingTheProperty()
    {
        Name(() => new SupervisorStrategy { MaxRestarts = -1 }).ShouldBe("MaxRestarts");
        Name(() => new SupervisorStrategy { Within = TimeSpan.Zero }).ShouldBe("Within");
        Name(() => new SupervisorStrategy { MinBackoff = TimeSpan.FromTicks(-1) }).ShouldBe("MinBackoff");
        Name(() => new SupervisorStrategy { MaxBackoff = TimeSpan.FromTicks(-1) }).ShouldBe("MaxBackoff");
        Name(() => new SupervisorStrategy { JitterFactor = 1.1 }).ShouldBe("JitterFactor");
        Name(() => new SupervisorStrategy { JitterFactor = double.NaN }).ShouldBe("JitterFactor");

        static string? Name(Func<object> make) => Should.Throw<ArgumentOutOfRangeException>(make).ParamName;
    }

    [Theory]
    [InlineData(0, 0.0, 100)]
    [InlineData(1, 0.0, 200)]
    [InlineData(3, 0.0, 800)]
    [InlineData(10, 0.0, 10_000)]
    [InlineData(int.MaxValue, 0.0, 10_000)]
    [InlineData(0, 0.5, 110)]
    [InlineData(10, 0.5, 11_000)]
    public void BackoffAfter_Default_DoublesIsCappedAndJittered(int earlier, double chance, double milliseconds) =>
        SupervisorStrategy.Default.BackoffAfter(earlier, chance).ShouldBe(TimeSpan.FromMilliseconds(milliseconds));

    [Fact]
    public void BackoffAfter_NoMinimum_IsAlwaysZero() =>
        new SupervisorStrategy { MinBackoff = TimeSpan.Zero }.BackoffAfter(100, 0.9).ShouldBe(TimeSpan.Zero);
}
