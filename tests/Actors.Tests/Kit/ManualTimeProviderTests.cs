using ActorBalancer.Testing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Actors.Tests.Kit;

public sealed class ManualTimeProviderTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManualTimeProvider _clock = new();
    private readonly List<string> _fired = [];

    [Fact]
    public void Advance_SeveralTimers_RunInDueOrderEachAtItsOwnTime()
    {
        Arm("two", 2 * Second);
        Arm("one", Second);
        Arm("one again", Second);
        Arm("four", 4 * Second);

        _clock.Advance(3 * Second);

        _fired.ShouldBe(["one at 1", "one again at 1", "two at 2"]);
        _clock.Elapsed.ShouldBe(3 * Second);
        _clock.ActiveTimers.ShouldBe(1);
    }

    [Fact]
    public void Advance_Periodic_RunsOncePerPeriod()
    {
        Arm("tick", Second, 2 * Second);

        _clock.Advance(6 * Second);

        _fired.ShouldBe(["tick at 1", "tick at 3", "tick at 5"]);
    }

    [Fact]
    public void Advance_CallbackArmsATimer_ItRunsInTheSameAdvance()
    {
        using var timer = _clock.CreateTimer(_ => Arm("inner", Second), null, Second, Timeout.InfiniteTimeSpan);

        _clock.Advance(2 * Second);

        _fired.ShouldBe(["inner at 2"]);
    }

    [Fact]
    public void Dispose_BeforeDue_NeverRuns()
    {
        var timer = Arm("one", Second);

        timer.Dispose();
        timer.Change(Second, Second).ShouldBeFalse();
        _clock.Advance(2 * Second);

        _fired.ShouldBeEmpty();
    }

    [Fact]
    public void Change_ToAnotherTime_MovesIt()
    {
        var timer = Arm("one", Second);

        timer.Change(3 * Second, Timeout.InfiniteTimeSpan).ShouldBeTrue();
        _clock.Advance(2 * Second);
        _fired.ShouldBeEmpty();
        _clock.Advance(Second);

        _fired.ShouldBe(["one at 3"]);
    }

    [Fact]
    public void GetTimestamp_AfterAnAdvance_ElapsedAgrees()
    {
        var before = _clock.GetTimestamp();
        var utc = _clock.GetUtcNow();

        _clock.Advance(TimeSpan.FromHours(50));

        // The frequency is odd, so a tick may be lost to rounding.
        _clock.GetElapsedTime(before).ShouldBe(TimeSpan.FromHours(50), TimeSpan.FromTicks(2));
        (_clock.GetUtcNow() - utc).ShouldBe(TimeSpan.FromHours(50));
        _clock.TimestampFrequency.ShouldNotBe(TimeSpan.TicksPerSecond);
    }

    [Fact]
    public async Task WaitForTimerAsync_ArmedLater_Ends()
    {
        var wait = _clock.WaitForTimerAsync(2 * Second);
        Arm("one", Second);
        wait.IsCompleted.ShouldBeFalse();

        Arm("two", 2 * Second);

        await wait;
        await _clock.WaitForTimersAsync(2);
    }

    [Fact]
    public async Task WaitForNoTimersAsync_LastOneRuns_Ends()
    {
        Arm("one", Second);
        var wait = _clock.WaitForNoTimersAsync();
        wait.IsCompleted.ShouldBeFalse();

        _clock.Advance(Second);

        await wait;
    }

    [Fact]
    public void Advance_Backwards_Throws() =>
        Should.Throw<ArgumentOutOfRangeException>(() => _clock.Advance(TimeSpan.FromTicks(-1)));

    private ITimer Arm(string name, TimeSpan due, TimeSpan? period = null) => _clock.CreateTimer(
        _ => _fired.Add($"{name} at {_clock.Elapsed.TotalSeconds}"), null, due, period ?? Timeout.InfiniteTimeSpan);
}
