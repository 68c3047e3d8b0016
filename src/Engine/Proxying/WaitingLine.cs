using ActorBalancer.Engine.Proxying.Options;

namespace ActorBalancer.Engine.Proxying;

/// <summary>
/// Requests that wait for room in a pool, first come first served as far as each may take what has become free. Its
/// lock is touched only while somebody waits. Any thread.
/// </summary>
/// <remarks>
/// L1: a waiter is in the list, or its end is decided; both change together under the lock, so it is entered at most
/// once, and one that was cancelled is never counted anywhere.
/// L2: no lost wake-up. A waiter adds itself to the count and then looks for room; whoever makes room does so first and
/// then looks at the count. One of the two sees the other.
/// </remarks>
internal sealed class WaitingLine(ProxyPool pool)
{
    private static readonly Pick Full = new(PickKind.Full, null);

    private readonly Lock _lock = new();

    /// <summary>Guarded by the lock.</summary>
    private readonly LinkedList<Waiter> _waiters = [];

    /// <summary>Length of the list; written under the lock.</summary>
    private int _count;

    /// <summary>How many wait.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Waits for a turn.</summary>
    public async ValueTask<Pick> WaitAsync(
        PickRequest request, LimitOptions limits, CancellationToken cancellationToken)
    {
        var waiter = new Waiter(request);
        if (!TryAdd(waiter, limits))
            return Full;
        Serve();
        if (waiter.Task.IsCompleted)
            return await waiter.Task;
        using var timer = pool.Time.CreateTimer(
            _ => End(waiter, static one => one.TrySetResult(Full)), null, limits.QueueWait, Timeout.InfiniteTimeSpan);
        var registration = cancellationToken.UnsafeRegister(
            (_, token) => End(waiter, one => one.TrySetCanceled(token)), null);
        try
        {
            return await waiter.Task;
        }
        finally
        {
            // Not disposed: that would wait for a callback that may be about to take the lock.
            registration.Unregister();
        }
    }

    /// <summary>Room may have come up: serves all who can be served.</summary>
    public void Serve()
    {
        if (Count == 0)
            return;
        lock (_lock)
        {
            var isFull = false;
            for (var node = _waiters.First; node is not null;)
            {
                var (one, next) = (node, node.Next);
                node = next;

                // Once one who takes any backend found none, only those who have one of their own can do better.
                var request = one.Value.Request;
                if (isFull && request.Named is null)
                    continue;
                var pick = pool.TryPick(request, pool.Time.GetTimestamp());
                if (pick.Kind != PickKind.Full)
                    Remove_NeedsLock(one).TrySetResult(pick);
                else if (request.IsFirst)
                    isFull = true;
            }
        }
    }

    private bool TryAdd(Waiter waiter, LimitOptions limits)
    {
        if (limits.QueueWait <= TimeSpan.Zero)
            return false;
        lock (_lock)
        {
            if (_count >= limits.Queue)
                return false;
            waiter.Node = _waiters.AddLast(waiter);

            // L2: interlocked for its fence, which a plain write would not have.
            Interlocked.Increment(ref _count);
            return true;
        }
    }

    private void End(Waiter waiter, Action<Waiter> end)
    {
        lock (_lock)
        {
            if (waiter.Node?.List is not null)
                end(Remove_NeedsLock(waiter.Node));
        }
    }

    private Waiter Remove_NeedsLock(LinkedListNode<Waiter> node)
    {
        _waiters.Remove(node);
        Interlocked.Decrement(ref _count);
        return node.Value;
    }

    /// <summary>One request; its continuation never runs under the lock.</summary>
    private sealed class Waiter(PickRequest request)
        : TaskCompletionSource<Pick>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public PickRequest Request { get; } = request;

        public LinkedListNode<Waiter>? Node { get; set; }
    }
}
