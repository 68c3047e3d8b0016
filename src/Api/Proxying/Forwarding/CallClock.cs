using Microsoft.Extensions.ObjectPool;

namespace ActorBalancer.Api.Proxying.Forwarding;

/// <summary>
/// Ends a request when the client has gone or a time is over. One request uses it at a time; reused, since a
/// cancellation source with its timer is the dearest thing that a forwarded request would make.
/// </summary>
internal sealed class CallClock : IDisposable
{
    private readonly TimeProvider _time;
    private CancellationTokenSource _source;
    private CancellationTokenRegistration _registration;

    private CallClock(TimeProvider time)
    {
        _time = time;
        _source = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
    }

    /// <summary>Ended by the client's leaving, a time that is over, or <see cref="Cancel"/>.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Clocks of this kind of time; keeps as many as 1,024 for reuse.</summary>
    public static ObjectPool<CallClock> CreatePool(TimeProvider time) =>
        new DefaultObjectPool<CallClock>(new Policy(time), maximumRetained: 1024);

    /// <summary>Begins a request.</summary>
    /// <param name="client">Ends when the client has gone.</param>
    public void Begin(CancellationToken client) =>
        _registration = client.UnsafeRegister(static clock => ((CallClock)clock!)._source.Cancel(), this);

    /// <summary>Sets the time from now at which the token ends; replaces the one before.</summary>
    /// <param name="limit">Zero: none.</param>
    public void Limit(TimeSpan limit) => _source.CancelAfter(limit > TimeSpan.Zero ? limit : Timeout.InfiniteTimeSpan);

    /// <summary>Ends the token.</summary>
    public void Cancel() => _source.Cancel();

    /// <summary>Gives the client's token up; waits for an end that is under way.</summary>
    public void Detach()
    {
        _registration.Dispose();
        _registration = default;
    }

    public void Dispose()
    {
        Detach();
        _source.Dispose();
    }

    private bool TryReset()
    {
        Detach();
        if (_source.TryReset())
            return true;
        _source.Dispose();
        _source = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _time);
        return true;
    }

    private sealed class Policy(TimeProvider time) : PooledObjectPolicy<CallClock>
    {
        public override CallClock Create() => new(time);

        public override bool Return(CallClock obj) => obj.TryReset();
    }
}
