namespace ActorBalancer.Engine;

/// <summary>
/// The one clock of the engine: Unix milliseconds read once at the start and carried on by the monotonic counter, so
/// that a step of the system's clock neither ends a task early nor holds one back. Thread-safe.
/// </summary>
internal sealed class EngineClock(TimeProvider time)
{
    private readonly long _startTimestamp = time.GetTimestamp();
    private readonly long _startMilliseconds = time.GetUtcNow().ToUnixTimeMilliseconds();
    private volatile Func<long>? _shared;

    /// <summary>What timers run on.</summary>
    public TimeProvider Time => time;

    /// <summary>Now, in Unix milliseconds as of the start of the process, or of the clock that it follows.</summary>
    public long NowMilliseconds => _shared is { } shared
        ? shared()
        : _startMilliseconds + (long)time.GetElapsedTime(_startTimestamp).TotalMilliseconds;

    /// <summary>Reads this clock from now on: the one that all nodes of a cluster share.</summary>
    /// <param name="nowMilliseconds">Tells Unix milliseconds; thread-safe, never waits.</param>
    public void Follow(Func<long> nowMilliseconds) => _shared = nowMilliseconds;
}
