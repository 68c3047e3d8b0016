using ActorBalancer.Actors;
using ActorBalancer.Engine.Proxying.Options;
using ActorBalancer.Engine.Routing;

namespace ActorBalancer.Engine.Proxying;

/// <summary>
/// A pool as requests see it: an immutable snapshot of who may be chosen, replaced by the pool's actor. Any thread; no
/// lock on the way of a request that finds room.
/// </summary>
public sealed class ProxyPool
{
    /// <summary>Longest wait for the answer to an order; the actor only ever does short work. Source: ours.</summary>
    private static readonly TimeSpan OrderTimeout = TimeSpan.FromSeconds(30);

    private readonly RetryBudget _budget;
    private readonly WaitingLine _line;
    private volatile PoolOptions _options;
    private volatile PoolChoice _choice;
    private long _retries;
    private long _moves;

    internal ProxyPool(PoolOptions options, TimeProvider time)
    {
        Time = time;
        _budget = new RetryBudget(time);
        _line = new WaitingLine(this);
        _options = options;
        var nobody = new RoundRobinStrategy();
        _choice = new PoolChoice(nobody, nobody.CreateTable<Backend>([]), [], []);
    }

    /// <summary>Identity over reloads.</summary>
    public string Name => _options.Name;

    /// <summary>Its settings now.</summary>
    public PoolOptions Options
    {
        get => _options;
        internal set => _options = value;
    }

    /// <summary>Who looks on.</summary>
    public ProxyEvents Events { get; } = new();

    /// <summary>All backends that a cookie may name, for tables of signed cookies; a new list whenever one comes or
    /// goes.</summary>
    public IReadOnlyList<Backend> Backends => _choice.Named;

    /// <summary>Retries that were within the budget, since the pool was made.</summary>
    public long RetryCount => Interlocked.Read(ref _retries);

    /// <summary>Requests of clients that were sent to another backend than the one that their cookie named, since the
    /// pool was made.</summary>
    public long MoveCount => Interlocked.Read(ref _moves);

    internal TimeProvider Time { get; }

    /// <summary>The pool's actor; set once before the pool is handed out.</summary>
    internal ActorRef<PoolMessage> Actor { get; set; } = null!;

    internal PoolChoice Choice => _choice;

    /// <summary>The backend of an identity; null when there is none. For cookies that hold the identity.</summary>
    public Backend? Find(ReadOnlySpan<char> id) => _choice.Find(id);

    /// <summary>Chooses a backend and counts the request there. The one that the cookie names comes first, if it may
    /// take it. Completes at once unless all are full.</summary>
    /// <param name="request">What is known of the request.</param>
    /// <param name="cancellationToken">Ends the wait in the queue.</param>
    /// <exception cref="OperationCanceledException">The wait was ended; nothing is counted.</exception>
    public ValueTask<Pick> EnterAsync(in PickRequest request, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<Pick>(cancellationToken);
        var now = Time.GetTimestamp();
        if (request.IsFirst)
            _budget.CountRequest(now);

        // Nobody overtakes those who wait already.
        if (_line.Count == 0)
        {
            var pick = TryPick(request, now);
            if (pick.Kind != PickKind.Full)
                return new ValueTask<Pick>(pick);
        }

        return _line.WaitAsync(request, _options.Limits, cancellationToken);
    }

    /// <summary>The request has ended, however it did: exactly once for each that entered.</summary>
    public void Leave(Backend backend)
    {
        ArgumentNullException.ThrowIfNull(backend);
        backend.Leave();
        _line.Serve();
    }

    /// <summary>Whether one more retry is within the budget; it is counted then.</summary>
    public bool TryTakeRetry()
    {
        if (!_budget.TryTake(_options.Retry, Time.GetTimestamp()))
            return false;
        Interlocked.Increment(ref _retries);
        return true;
    }

    /// <summary>Everything about it at this moment.</summary>
    public PoolStatus Status()
    {
        var options = _options;
        var now = Time.GetTimestamp();
        return new PoolStatus(
            Time.GetUtcNow(), options.Name, options.Strategy, _line.Count,
            [.. _choice.All.Select(backend => backend.Status(now))]);
    }

    /// <summary>Sets what is wanted of a backend. It holds until the backend leaves the configuration.</summary>
    /// <param name="backendId">Identity of one that the configuration names now.</param>
    /// <param name="state">What is wanted.</param>
    /// <exception cref="TimeoutException">The proxy was stopped meanwhile.</exception>
    public async ValueTask<OrderAnswer> OrderAsync(string backendId, BackendState state)
    {
        ArgumentNullException.ThrowIfNull(backendId);
        if (!Enum.IsDefined(state))
        {
            throw new ArgumentOutOfRangeException(
                nameof(state), state, $"Pool '{Name}', backend '{backendId}': must be Active, Drain or Down.");
        }

        var answer = new TaskCompletionSource<OrderAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        return Actor.TryTell(new OrderBackend(backendId, state, answer))
            ? await answer.Task.WaitAsync(OrderTimeout, Time)
            : OrderAnswer.Unknown;
    }

    /// <summary>Chooses and counts, without waiting. <see cref="PickKind.Full"/> says that those who could take it had
    /// no room at some moment of the call.</summary>
    internal Pick TryPick(in PickRequest request, long timestamp)
    {
        while (true)
        {
            var choice = _choice;
            if (request.Named is { } named && !request.WasAt(named)
                && named.TryEnter(asSession: true, request.Client, timestamp))
            {
                return new Pick(PickKind.Entered, named);
            }

            if (choice.Select(request) is not { } backend)
            {
                // Gates close after the choice without them is published: this answer may be of an old one.
                if (choice != _choice)
                    continue;
                return new Pick(choice.IsAnyLeft(request) ? PickKind.Full : PickKind.NoneHealthy, null);
            }

            // Losing the last place means that another request was served: the loop always gets on as a whole.
            if (backend.TryEnter(asSession: false, request.Client, timestamp))
            {
                CountMove(request, backend);
                return new Pick(PickKind.Entered, backend);
            }
        }
    }

    /// <summary>By the pool's actor.</summary>
    internal void Publish(PoolChoice choice) => _choice = choice;

    /// <summary>Serves those who wait, after a change of who may be chosen.</summary>
    internal void ServeWaiting() => _line.Serve();

    /// <summary>After the end of the proxy there is nobody to be told.</summary>
    internal void Tell(PoolMessage message) => Actor.TryTell(message);

    private void CountMove(in PickRequest request, Backend backend)
    {
        // A retry moves the client only if it was at its own backend before; what came after that is no further move.
        if (request.Named is { } named && named != backend
            && (request.IsFirst || (request.Tried!.Count == 1 && request.Tried[0] == named)))
        {
            Interlocked.Increment(ref _moves);
        }
    }
}
