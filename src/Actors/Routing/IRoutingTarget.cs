namespace ActorBalancer.Actors.Routing;

/// <summary>
/// Something that a <see cref="RoutingStrategy"/> may choose: a routee, a worker, a backend. The members are read on
/// the hot path from any thread while their owner changes them, so each is one plain atomic read.
/// </summary>
public interface IRoutingTarget
{
    /// <summary>Stable identity over reloads and restarts; what consistent hashing places on its ring.</summary>
    string Id { get; }

    /// <summary>Share of the work relative to the others; at least 1.</summary>
    int Weight { get; }

    /// <summary>Healthy and with room for one more right now. A strategy never chooses a target that says no.</summary>
    bool IsAvailable { get; }

    /// <summary>Work running on the target now, in tasks or requests; never negative.</summary>
    int ActiveCount { get; }

    /// <summary>Decayed peak latency in milliseconds (peak EWMA); 0 while nothing was measured.</summary>
    double LatencyMilliseconds { get; }

    /// <summary>The target's own fitness; the highest is best. Only <c>best-score</c> reads it.</summary>
    double Score { get; }
}
