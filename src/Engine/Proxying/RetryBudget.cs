using ActorBalancer.Engine.Proxying.Options;

namespace ActorBalancer.Engine.Proxying;

/// <summary>
/// Bounds retries, so that a pool that fails does not get its load multiplied. In any ten seconds there are at most
/// <see cref="RetryOptions.BudgetShare"/> of the requests of these ten seconds, and ten times
/// <see cref="RetryOptions.BudgetPerSecond"/> beside that. Any thread; no lock.
/// </summary>
/// <remarks>Source: the retry budget of Twitter's Finagle, with the same window.</remarks>
internal sealed class RetryBudget(TimeProvider time)
{
    private const int WindowSeconds = 10;

    private readonly SlidingCount _requests = new(TimeSpan.FromSeconds(WindowSeconds), time.TimestampFrequency);
    private readonly SlidingCount _retries = new(TimeSpan.FromSeconds(WindowSeconds), time.TimestampFrequency);

    /// <summary>A request has come; its retries are no further ones.</summary>
    public void CountRequest(long timestamp) => _requests.Add(timestamp);

    /// <summary>Whether one more retry is within the budget; it is counted then.</summary>
    public bool TryTake(RetryOptions options, long timestamp)
    {
        var allowed = (options.BudgetShare * _requests.Sum(timestamp)) + (options.BudgetPerSecond * WindowSeconds);
        return _retries.TryAdd(timestamp, Math.Floor(allowed));
    }
}
