using ActorBalancer.Actors.Routing;
using ActorBalancer.Engine.Proxying.Options;
using ActorBalancer.Engine.Routing;

namespace ActorBalancer.Engine.Proxying;

/// <summary>
/// A backend as requests see it: its counts, and whether it may be chosen. Lives on over reloads that keep its identity
/// and address. Any thread; what the pool's actor decides is written by it alone.
/// </summary>
/// <remarks>
/// B1: gate and count share one word and change by compare-and-swap. So nobody enters after the gate was closed, the
/// limit is exact, and "closed and empty" stays so until the actor opens it again.
/// </remarks>
public sealed class Backend : IRoutingTarget
{
    private const int GateShift = 32;

    /// <summary>The value of <see cref="_tellAt"/> for "never".</summary>
    private const int Never = -1;

    private readonly ProxyPool _pool;
    private readonly TimeProvider _time;
    private readonly LatencyEwma _latency;
    private readonly TrafficMeter _meter = new();
    private readonly OutlierWatch _outliers;
    private volatile CancellationTokenSource _closing = new();
    private volatile BackendOptions _options;
    private volatile HttpMessageInvoker _invoker;
    private volatile BackendStatus _standing;
    private volatile DrainSessions? _sessions;
    private volatile int _weight;
    private volatile int _limit;

    /// <summary>B1. Lower half: requests that run; upper half: <see cref="BackendGate"/>.</summary>
    private long _word;
    private long _requests;
    private long _lastEntered;

    /// <summary>When a request leaves and no more than this many stay, the actor is told, once.</summary>
    private volatile int _tellAt = Never;
    private int _told;

    internal Backend(ProxyPool pool, PoolOptions poolOptions, BackendOptions options, HttpMessageInvoker invoker)
    {
        _pool = pool;
        _time = pool.Time;
        _latency = new LatencyEwma(LatencyEwma.DefaultDecay, _time.TimestampFrequency);
        _outliers = new OutlierWatch(poolOptions.Outliers, _time);
        _options = options;
        _standing = new BackendStatus { Options = options, State = default, IsHealthy = false };
        _invoker = invoker;
        Id = options.Id;
        UrlText = TextOf(options.Url);
        TransportUrlText = TransportTextOf(options.Url, UrlText);
        Configure(poolOptions, options);
    }

    /// <inheritdoc/>
    public string Id { get; }

    /// <summary>Its address without a slash at the end, as <c>x-backend</c> shows it.</summary>
    public string UrlText { get; }

    /// <summary>The same as requests of HTTP/1.1 are addressed: https as http with its port, because
    /// <see cref="Upstream.UpstreamTransport"/> makes that TLS itself and says why.</summary>
    public string TransportUrlText { get; }

    /// <summary>Its settings now.</summary>
    public BackendOptions Options => _options;

    /// <summary>Its connections. Owned by the backend; those that a request got stay good until it has left.</summary>
    public HttpMessageInvoker Invoker => _invoker;

    /// <summary>Ends when its drain is over: upgraded connections are then closed with 1001. A new one after
    /// that.</summary>
    public CancellationToken Closing => _closing.Token;

    /// <inheritdoc/>
    /// <remarks>While any backend of the pool starts slowly, all weights are ten times what is set.</remarks>
    public int Weight => _weight;

    /// <inheritdoc/>
    public bool IsAvailable => Gate == BackendGate.Open && HasRoom;

    /// <inheritdoc/>
    public int ActiveCount => (int)Volatile.Read(ref _word);

    /// <summary>Requests since it was added.</summary>
    public long RequestCount => Interlocked.Read(ref _requests);

    /// <inheritdoc/>
    public double LatencyMilliseconds => _latency.ReadMilliseconds(_time.GetTimestamp());

    /// <inheritdoc/>
    /// <remarks>1 less the load: the share of its limit that is used; without a limit 1 / (1 + running requests).
    /// </remarks>
    public double Score => _limit is var limit and < int.MaxValue
        ? 1 - ((double)ActiveCount / limit)
        : 1.0 / (1 + ActiveCount);

    internal BackendGate Gate => (BackendGate)(Volatile.Read(ref _word) >> GateShift);

    internal bool HasRoom => ActiveCount < _limit;

    internal OutlierWatch Outliers => _outliers;

    internal TrafficMeter Meter => _meter;

    /// <summary>What the pool's actor has decided and learnt; settings and counts are those of <see cref="Status"/>.
    /// </summary>
    internal BackendStatus Standing
    {
        get => _standing;
        set => _standing = value;
    }

    /// <summary>Takes in how an attempt went; once for each attempt, as soon as it is known. An upgraded connection is
    /// <see cref="AttemptKind.Answered"/> with 101 when it begins. A body that breaks off is told a second time, as
    /// <see cref="AttemptKind.BrokeOff"/>.</summary>
    public void Observe(in AttemptResult result)
    {
        var now = _time.GetTimestamp();
        _meter.Count(result);

        // A refused connection is fast and says nothing good; a time-out is as slow as it looks.
        if (result.Kind is AttemptKind.Answered or AttemptKind.TimedOut)
            _latency.Observe(result.Latency, now);
        var suspicion = _outliers.Observe(result, ActiveCount, now);
        if (suspicion != Suspicion.None)
            _pool.Tell(new Suspected(this, suspicion, result.Kind));
    }

    /// <summary>What it was asked and answered since it was added.</summary>
    public BackendCounts ReadCounts() => _meter.Read();

    internal static string TextOf(Uri url) => url.GetLeftPart(UriPartial.Path).TrimEnd('/');

    /// <summary>Counts a request in if it may enter.</summary>
    /// <param name="asSession">Whether the client's cookie names this backend.</param>
    /// <param name="client">The client; may be null.</param>
    /// <param name="timestamp">Now.</param>
    internal bool TryEnter(bool asSession, System.Net.IPAddress? client, long timestamp)
    {
        var needed = asSession ? BackendGate.Sessions : BackendGate.Open;
        var seen = Volatile.Read(ref _word);
        while (true)
        {
            if ((BackendGate)(seen >> GateShift) < needed || (int)seen >= _limit)
                return false;
            var found = Interlocked.CompareExchange(ref _word, seen + 1, seen);
            if (found == seen)
                break;
            seen = found;
        }

        Interlocked.Increment(ref _requests);
        Volatile.Write(ref _lastEntered, timestamp);
        _sessions?.See(client, timestamp);
        return true;
    }

    /// <summary>Counts a request out.</summary>
    internal void Leave()
    {
        var left = (int)Interlocked.Decrement(ref _word);
        if (left <= _tellAt && Interlocked.Exchange(ref _told, 1) == 0)
            _pool.Tell(new BackendEmptied(this));
    }

    internal void Configure(PoolOptions pool, BackendOptions options)
    {
        _options = options;
        var limit = options.RequestsMax ?? pool.Limits.RequestsPerBackend;
        _limit = limit > 0 ? limit : int.MaxValue;
        _outliers.Configure(pool.Outliers);
        if (_weight == 0)
            _weight = options.Weight;
    }

    internal void SetWeight(int weight) => _weight = weight;

    internal void SetGate(BackendGate gate)
    {
        var seen = Volatile.Read(ref _word);
        while (true)
        {
            var found = Interlocked.CompareExchange(ref _word, Word(gate, (int)seen), seen);
            if (found == seen)
                return;
            seen = found;
        }
    }

    /// <summary>Closes the gate if no more than <paramref name="activeMax"/> requests run. B1: nobody slips in between.
    /// </summary>
    internal bool TryClose(int activeMax)
    {
        var seen = Volatile.Read(ref _word);
        while ((int)seen <= activeMax)
        {
            var found = Interlocked.CompareExchange(ref _word, Word(BackendGate.Closed, (int)seen), seen);
            if (found == seen)
                return true;
            seen = found;
        }

        return false;
    }

    /// <summary>Replaces the connections.</summary>
    /// <returns>Those before, to be disposed once the backend was empty.</returns>
    internal HttpMessageInvoker Replace(HttpMessageInvoker invoker) => Interlocked.Exchange(ref _invoker, invoker);

    /// <summary>Asks for a <see cref="BackendEmptied"/> when a leaving request leaves no more than so many; null ends
    /// it. Whoever sets it looks at <see cref="ActiveCount"/> afterwards, because the last one may have left just before.
    /// </summary>
    internal void TellAt(int? count)
    {
        _tellAt = count ?? Never;
        Interlocked.Exchange(ref _told, 0);
    }

    /// <summary>Begins to know clients apart.</summary>
    /// <param name="idle">How long a client counts; null: clients do not count, only their requests.</param>
    internal void BeginDrain(TimeSpan? idle) =>
        _sessions = idle is { } time
            ? new DrainSessions(time, RequestCount > 0 ? Volatile.Read(ref _lastEntered) : null, _time)
            : null;

    internal void EndDrain() => _sessions = null;

    /// <summary>Sticky clients that count now, those of running requests apart; 0 when it does not drain.</summary>
    internal int CountClients(long timestamp)
    {
        _sessions?.Sweep(timestamp);
        return Gate == BackendGate.Closed ? 0 : _sessions?.Count(timestamp) ?? 0;
    }

    /// <summary>Closes upgraded connections; their callbacks run elsewhere.</summary>
    internal void Close() => _ = _closing.CancelAsync();

    /// <summary>Makes a new <see cref="Closing"/> if the last one has ended.</summary>
    internal void Reopen()
    {
        // Not disposed: connections of the last drain may still be reading its token.
        if (_closing.IsCancellationRequested)
            _closing = new CancellationTokenSource();
    }

    internal BackendStatus Status(long timestamp)
    {
        var standing = _standing;
        var active = ActiveCount;
        var isDraining = (standing.IsRemoved || standing.State == BackendState.Drain) && !standing.IsDrained;
        return standing with
        {
            Options = _options,
            Requests = RequestCount,
            Active = active,
            Sessions = isDraining ? active + CountClients(timestamp) : 0,
        };
    }

    private static string TransportTextOf(Uri url, string text)
    {
        if (url.Scheme == Uri.UriSchemeHttp)
            return text;
        var port = url.IsDefaultPort ? ":443" : "";
        return string.Concat("http://", url.Authority, port, url.AbsolutePath.TrimEnd('/'));
    }

    private static long Word(BackendGate gate, int active) => ((long)gate << GateShift) | (uint)active;
}
