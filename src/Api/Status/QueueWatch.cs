using ActorBalancer.Actors;
using ActorBalancer.Engine;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Api.Status;

/// <summary>
/// How the queues stood when they were last counted. Counting walks over all living tasks and asks the archive, so that
/// it is done for all who look at once, never more often than asked for, and never for more than a fixed share of the
/// time. Thread-safe.
/// </summary>
/// <param name="balancer">The engine.</param>
/// <param name="time">The clock.</param>
internal sealed class QueueWatch(IBalancer balancer, TimeProvider time)
{
    /// <summary>Counting takes at most one part in so many of the time. Source: ours; one hundredth of a core.</summary>
    private const int TimeShare = 100;

    /// <summary>Longest rest after a count. Source: ours; a count that took long because the machine was busy must not
    /// leave old figures for minutes.</summary>
    private static readonly TimeSpan RestMax = TimeSpan.FromSeconds(15);

    private readonly Lock _lock = new();
    private volatile Counted? _last;
    private Task _running = Task.CompletedTask;
    private long _endedAt;
    private TimeSpan _rest;
    private bool _hasCounted;

    /// <summary>The queues by group and contract; empty before the first count.</summary>
    public IReadOnlyList<QueueSnapshot> Queues => _last?.Queues ?? [];

    /// <summary>Their sums.</summary>
    public QueueTotals Totals => _last?.Totals ?? default;

    /// <summary>Counts again if the last count is older, and if that does not take too much of the time.</summary>
    /// <param name="age">Longest age.</param>
    /// <returns>Completes with the count that runs; the last one stays when it fails.</returns>
    public Task RefreshAsync(TimeSpan age)
    {
        lock (_lock)
        {
            if (!_running.IsCompleted)
                return _running;
            var rest = age > _rest ? age : _rest;
            if (_hasCounted && time.GetElapsedTime(_endedAt) < rest)
                return Task.CompletedTask;

            // Not on the caller's thread: a million tasks take a while.
            return _running = Task.Run(CountAsync);
        }
    }

    private async Task CountAsync()
    {
        var begin = time.GetTimestamp();
        try
        {
            var queues = await balancer.ListQueuesAsync();
            _last = new Counted(queues, QueueTotals.Of(queues));
        }
        catch (Exception exception) when (exception is TaskStoreException or AskTimeoutException
            or TimeoutException or OperationCanceledException or ObjectDisposedException)
        {
            // The store fails, which the state says: what was counted last is the best that is known.
        }
        finally
        {
            lock (_lock)
            {
                _endedAt = time.GetTimestamp();
                _hasCounted = true;
                var rest = time.GetElapsedTime(begin, _endedAt) * (TimeShare - 1);
                _rest = rest < RestMax ? rest : RestMax;
            }
        }
    }

    private sealed record Counted(IReadOnlyList<QueueSnapshot> Queues, QueueTotals Totals);
}
