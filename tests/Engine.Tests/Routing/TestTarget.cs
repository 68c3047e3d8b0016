using ActorBalancer.Actors.Routing;

namespace ActorBalancer.Engine.Tests.Routing;

/// <summary>A target that is what the test says.</summary>
internal sealed class TestTarget(string id, int weight = 1) : IRoutingTarget
{
    private volatile bool _isAvailable = true;
    private int _activeCount;

    public string Id { get; } = id;

    public int Weight { get; set; } = weight;

    /// <summary>
    /// Runs when somebody asks whether the target is available: the moment between a choice's first look and its
    /// decision, where other threads come in between.
    /// </summary>
    public Action? OnAsked { get; set; }

    public bool IsAvailable
    {
        get
        {
            OnAsked?.Invoke();
            return _isAvailable;
        }
        set => _isAvailable = value;
    }

    public int ActiveCount
    {
        get => Volatile.Read(ref _activeCount);
        set => Volatile.Write(ref _activeCount, value);
    }

    public double LatencyMilliseconds { get; set; }

    public double Score { get; set; }

    public override string ToString() =>
        $"{Id}(weight {Weight}, {(IsAvailable ? "up" : "down")}, active {ActiveCount}, "
        + $"latency {LatencyMilliseconds}, score {Score})";
}
