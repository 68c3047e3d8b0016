using System.Diagnostics;

namespace ActorBalancer.Trials.Rigs;

/// <summary>Waits for what another process shows only when asked.</summary>
internal static class Poll
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>Asks until the answer is yes; faults of the connection count as no.</summary>
    /// <returns>How long it took.</returns>
    /// <exception cref="TrialException">It was not within <paramref name="limit"/>.</exception>
    public static async Task<TimeSpan> UntilAsync(Func<Task<bool>> condition, TimeSpan limit, string what)
    {
        var watch = Stopwatch.StartNew();
        Exception? last = null;
        while (watch.Elapsed < limit)
        {
            try
            {
                if (await condition())
                    return watch.Elapsed;
                last = null;
            }
            catch (Exception exception)
                when (exception is HttpRequestException or OperationCanceledException or IOException)
            {
                last = exception;
            }

            await Task.Delay(Interval);
        }

        throw new TrialException($"waited {limit.TotalSeconds:0} s for {what}", last);
    }
}

/// <summary>A trial cannot go on; the message says why.</summary>
internal sealed class TrialException(string message, Exception? inner = null) : Exception(message, inner);
