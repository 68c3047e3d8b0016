using System.Threading.Channels;

namespace ActorBalancer.Engine.Proxying;

/// <summary>Something that happened in a pool, for those who look on.</summary>
public abstract record ProxyEvent;

/// <summary>A request was sent to a backend.</summary>
/// <param name="ClientAddress">Who asked.</param>
/// <param name="To">Address of the backend.</param>
/// <param name="BackendId">Its identity.</param>
/// <param name="Strategy">Name of the pool's strategy.</param>
public sealed record RequestEvent(string ClientAddress, string To, string BackendId, string Strategy) : ProxyEvent;

/// <summary>The health or state of a backend has changed.</summary>
/// <param name="Status">The whole pool after it.</param>
public sealed record UpdateEvent(PoolStatus Status) : ProxyEvent;

/// <summary>The drain of a backend is over: few enough sessions are left, or its time has passed, whatever is left.
/// </summary>
/// <param name="BackendId">Its identity.</param>
public sealed record DrainedEvent(string BackendId) : ProxyEvent;

/// <summary>
/// The live events of a pool. Costs one read while nobody looks on. Who is too slow loses the oldest events. Any
/// thread.
/// </summary>
public sealed class ProxyEvents
{
    /// <summary>Events that are kept for one who is slow. Source: ours.</summary>
    private const int Backlog = 1024;

    private readonly Lock _lock = new();
    private volatile ChannelWriter<ProxyEvent>[] _listeners = [];

    /// <summary>Whether anybody looks on; ask before an event is made.</summary>
    public bool HasListeners => _listeners.Length > 0;

    /// <summary>Tells all who look on.</summary>
    public void Publish(ProxyEvent happened)
    {
        foreach (var listener in _listeners)
            listener.TryWrite(happened);
    }

    /// <summary>Begins to look on.</summary>
    /// <param name="stop">Ends it; call once.</param>
    public ChannelReader<ProxyEvent> Subscribe(out Action stop)
    {
        var channel = Channel.CreateBounded<ProxyEvent>(
            new BoundedChannelOptions(Backlog) { FullMode = BoundedChannelFullMode.DropOldest });
        var writer = channel.Writer;
        lock (_lock)
            _listeners = [.. _listeners, writer];
        stop = () =>
        {
            lock (_lock)
                _listeners = Array.FindAll(_listeners, one => one != writer);
            writer.TryComplete();
        };
        return channel.Reader;
    }
}
