using System.Diagnostics;

namespace ActorBalancer.EndToEnd.Cluster;

/// <summary>Waits for what other processes show only when asked.</summary>
internal static class Eventually
{
    /// <summary>Far above anything seen on two busy cores; no test passes because of it.</summary>
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan NextLook = TimeSpan.FromMilliseconds(25);

    /// <summary>Looks until it is so.</summary>
    /// <param name="isSo">Looks.</param>
    /// <param name="what">What is waited for.</param>
    /// <param name="describe">Says what was there instead; null for nothing to say.</param>
    /// <returns>How long it took.</returns>
    /// <exception cref="TimeoutException">It was not so within 30 s.</exception>
    public static async Task<TimeSpan> IsTrueAsync(Func<Task<bool>> isSo, string what, Func<string>? describe = null)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await isSo())
        {
            if (Stopwatch.GetElapsedTime(started) > Guard)
                throw new TimeoutException($"Waited for {what}. {describe?.Invoke()}");
            await Task.Delay(NextLook);
        }

        return Stopwatch.GetElapsedTime(started);
    }

    /// <summary>Looks until it is so.</summary>
    public static Task<TimeSpan> IsTrueAsync(Func<bool> isSo, string what, Func<string>? describe = null) =>
        IsTrueAsync(() => Task.FromResult(isSo()), what, describe);
}
