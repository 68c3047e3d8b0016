using ActorBalancer.Actors.Routing;
using ActorBalancer.Engine.Proxying.Options;
using ActorBalancer.Engine.Proxying.Upstream;
using ActorBalancer.Engine.Routing;

namespace ActorBalancer.Engine.Proxying;

/// <summary>
/// A pool as requests see it: an immutable snapshot of who may be chosen, replaced by the pool's actor. Any thread; no
/// lock on the way of a request that finds room.
/// </summary>
public sealed class ProxyPool
{
    private readonly RoutingTable<Backend> _table;
    private long _entered;
    private long _retries;

    internal ProxyPool(PoolOptions options)
    {
        Options = options;
        RoutingStrategies.TryCreate(options.Strategy, 1, out var strategy);
        _table = strategy!.CreateTable<Backend>(
            [.. options.Backends.Select(one => new Backend(one, UpstreamTransport.Create(options, one)))]);
    }

    /// <summary>Identity over reloads.</summary>
    public string Name => Options.Name;

    /// <summary>Its settings now.</summary>
    public PoolOptions Options { get; }

    /// <summary>Who looks on.</summary>
    public ProxyEvents Events { get; } = new();

    /// <summary>The backend of an identity; null when there is none. For cookies that hold the identity.</summary>
    public Backend? Find(ReadOnlySpan<char> id)
    {
        foreach (var backend in _table.Targets)
        {
            if (id.SequenceEqual(backend.Id))
                return backend;
        }

        return null;
    }

    /// <summary>All backends that a cookie may name, for tables of signed cookies; a new list whenever one comes or
    /// goes.</summary>
    public IReadOnlyList<Backend> Backends => _table.Targets;

    /// <summary>Chooses a backend and counts the request there. The one that the cookie names comes first, if it may
    /// take it. Completes at once unless all are full.</summary>
    /// <param name="request">What is known of the request.</param>
    /// <param name="cancellationToken">Ends the wait in the queue.</param>
    /// <exception cref="OperationCanceledException">The wait was ended; nothing is counted.</exception>
    public ValueTask<Pick> EnterAsync(in PickRequest request, CancellationToken cancellationToken)
    {
        var backend = request.Named ?? _table.Select(new RoutingRequest(request.KeyHash, request.Tried?[^1]));
        if (backend is null || request.Tried?.Contains(backend) == true)
            return new ValueTask<Pick>(new Pick(PickKind.NoneHealthy, null));
        backend.TryEnter();
        Interlocked.Increment(ref _entered);
        return new ValueTask<Pick>(new Pick(PickKind.Entered, backend));
    }

    /// <summary>The request has ended, however it did: exactly once for each that entered.</summary>
    public void Leave(Backend backend)
    {
        Interlocked.Decrement(ref _entered);
        backend.Leave();
    }

    /// <summary>Whether one more retry is within the budget; it is counted then.</summary>
    public bool TryTakeRetry() => Interlocked.Increment(ref _retries) > 0;

    /// <summary>Everything about it at this moment.</summary>
    public PoolStatus Status() => throw new NotSupportedException(Name);

    /// <summary>Sets what is wanted of a backend.</summary>
    public ValueTask<OrderAnswer> OrderAsync(string backendId, BackendState state) =>
        throw new NotSupportedException(Name);
}
