namespace ActorBalancer.Testing.Workers;

/// <summary>Keeps a test from hanging for ever; no test passes because of it.</summary>
internal static class Guard
{
    /// <summary>Longest wait for a signal. Source: far above anything seen on two busy cores.</summary>
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(30);

    /// <summary>Waits for a signal.</summary>
    /// <param name="wait">Starts the wait; the token ends it.</param>
    /// <param name="describe">Says who waited for what, and what was there instead.</param>
    /// <exception cref="TimeoutException">Nothing came within 30 s.</exception>
    public static async Task<T> WaitAsync<T>(Func<CancellationToken, ValueTask<T>> wait, Func<string> describe)
    {
        using var limit = new CancellationTokenSource(WaitMax);
        try
        {
            return await wait(limit.Token);
        }
        catch (OperationCanceledException exception) when (limit.IsCancellationRequested)
        {
            throw new TimeoutException($"{describe()} (waited {WaitMax.TotalSeconds:0} s)", exception);
        }
    }
}
