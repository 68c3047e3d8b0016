using ActorBalancer.Actors.Routing;
using ActorBalancer.Engine.Proxying.Options;

namespace ActorBalancer.Engine.Proxying;

/// <summary>
/// A backend as requests see it: its counts, and whether it may be chosen. Lives on over reloads that keep its identity
/// and address. Any thread.
/// </summary>
public sealed class Backend : IRoutingTarget
{
    private readonly CancellationTokenSource _closing = new();
    private readonly BackendOptions _options;
    private readonly HttpMessageInvoker _invoker;
    private AttemptResult _last;
    private int _active;
    private long _requests;

    internal Backend(BackendOptions options, HttpMessageInvoker invoker)
    {
        _options = options;
        _invoker = invoker;
        Id = options.Id;
        UrlText = options.Url.GetLeftPart(UriPartial.Path).TrimEnd('/');
    }

    /// <inheritdoc/>
    public string Id { get; }

    /// <summary>Its address without a slash at the end, as <c>x-backend</c> shows it.</summary>
    public string UrlText { get; }

    /// <summary>Its settings now.</summary>
    public BackendOptions Options => _options;

    /// <summary>Its connections. Owned by the backend.</summary>
    public HttpMessageInvoker Invoker => _invoker;

    /// <summary>Ends when its drain is over: upgraded connections are then closed with 1001.</summary>
    public CancellationToken Closing => _closing.Token;

    /// <inheritdoc/>
    public int Weight => Options.Weight;

    /// <inheritdoc/>
    public bool IsAvailable => true;

    /// <inheritdoc/>
    public int ActiveCount => Volatile.Read(ref _active);

    /// <summary>Requests since it was added.</summary>
    public long RequestCount => Interlocked.Read(ref _requests);

    /// <inheritdoc/>
    public double LatencyMilliseconds => _last.Latency.TotalMilliseconds;

    /// <inheritdoc/>
    public double Score => 0;

    /// <summary>Takes in how an attempt went; once for each attempt, as soon as it is known. An upgraded connection is
    /// <see cref="AttemptKind.Answered"/> with 101 when it begins. A body that breaks off is told a second time, as
    /// <see cref="AttemptKind.BrokeOff"/>.</summary>
    public void Observe(in AttemptResult result) => _last = result;

    internal bool TryEnter()
    {
        Interlocked.Increment(ref _active);
        Interlocked.Increment(ref _requests);
        return true;
    }

    internal void Leave() => Interlocked.Decrement(ref _active);
}
