using ActorBalancer.Engine.Proxying;
using ActorBalancer.Engine.Proxying.Options;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Proxying;

public sealed class SlidingCountTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Sum_AsTimePasses_LosesTheOldestTenthAtATime()
    {
        var count = new SlidingCount(TimeSpan.FromSeconds(10), _time.TimestampFrequency);
        for (var second = 0; second < 10; second++)
        {
            count.Add(_time.GetTimestamp());
            count.Add(_time.GetTimestamp());
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        count.Sum(_time.GetTimestamp()).ShouldBe(18);
        _time.Advance(TimeSpan.FromSeconds(4));
        count.Sum(_time.GetTimestamp()).ShouldBe(10);
        _time.Advance(TimeSpan.FromSeconds(60));
        count.Sum(_time.GetTimestamp()).ShouldBe(0);
        count.Add(_time.GetTimestamp());
        count.Sum(_time.GetTimestamp()).ShouldBe(1);
    }

    [Fact]
    public void Add_ManyYearsLater_StillCounts()
    {
        var count = new SlidingCount(TimeSpan.FromSeconds(10), _time.TimestampFrequency);
        for (var year = 0; year < 12; year++)
        {
            count.Add(_time.GetTimestamp());
            count.Sum(_time.GetTimestamp()).ShouldBe(1);
            _time.Advance(TimeSpan.FromDays(365));
        }
    }

    [Fact]
    public void Add_ManyThreads_LosesNothing()
    {
        var count = new SlidingCount(TimeSpan.FromSeconds(10), _time.TimestampFrequency);
        Parallel.For(0, 10_000, index => count.Add(_time.GetTimestamp()));
        count.Sum(_time.GetTimestamp()).ShouldBe(10_000);
    }

    [Fact]
    public void TryTake_Budget_IsTheShareAndTheConstantOfTenSeconds()
    {
        var budget = new RetryBudget(_time);
        var options = new RetryOptions { BudgetShare = 0.2, BudgetPerSecond = 1 };
        for (var request = 0; request < 100; request++)
            budget.CountRequest(_time.GetTimestamp());

        Taken(budget, options).ShouldBe(30);
        _time.Advance(TimeSpan.FromSeconds(5));
        Taken(budget, options).ShouldBe(0);
        _time.Advance(TimeSpan.FromSeconds(5));
        Taken(budget, options).ShouldBe(10);
    }

    [Fact]
    public void TryTake_ManyThreads_NeverExceedsTheBudget()
    {
        var budget = new RetryBudget(_time);
        var options = new RetryOptions { BudgetShare = 0, BudgetPerSecond = 10 };
        var taken = 0;
        Parallel.For(0, 1000, index =>
        {
            if (budget.TryTake(options, _time.GetTimestamp()))
                Interlocked.Increment(ref taken);
        });
        taken.ShouldBe(100);
    }

    private int Taken(RetryBudget budget, RetryOptions options)
    {
        var taken = 0;
        while (taken < 1000 && budget.TryTake(options, _time.GetTimestamp()))
            taken++;
        return taken;
    }
}
