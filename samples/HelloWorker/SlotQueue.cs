using ActorBalancer.Protocol;

namespace ActorBalancer.HelloWorker;

/// <summary>Lets a fixed number of tasks run at once; the others wait, lowest priority number first, then in order of
/// arrival. Thread-safe.</summary>
/// <remarks>S1: used is at most the limit. S2: while anyone waits, used is the limit: a slot that becomes free is
/// handed over under the same lock, so nobody overtakes.</remarks>
/// <param name="limit">Slots.</param>
/// <param name="changed">Called after each change, outside the lock.</param>
internal sealed class SlotQueue(int limit, Action changed)
{
    /// <summary>Most tasks that wait; beyond it the worker answers 503. Source: ours, far above what a balancer that
    /// counts slots sends.</summary>
    private const int WaitingMax = 10_000;

    private readonly Lock _lock = new();
    private readonly PriorityQueue<TaskCompletionSource, (int Priority, long Order)> _waiting = new();
    private int _used;
    private long _order;

    /// <summary>The slots now.</summary>
    public WorkerSlots Slots
    {
        get
        {
            lock (_lock)
                return new WorkerSlots(_used, limit - _used, limit, _waiting.Count);
        }
    }

    /// <summary>Waits for a slot.</summary>
    /// <param name="priority">1 is the highest.</param>
    /// <param name="giveUp">Ends the wait.</param>
    /// <returns>The slot, to be disposed once; null when too many wait already.</returns>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task<IDisposable?> EnterAsync(int priority, CancellationToken giveUp)
    {
        TaskCompletionSource? turn = null;
        lock (_lock)
        {
            if (_used < limit)
            {
                _used++;
            }
            else if (_waiting.Count < WaitingMax)
            {
                turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _waiting.Enqueue(turn, (priority, _order++));
            }
            else
            {
                return null;
            }
        }

        changed();
        if (turn is not null)
        {
            using var registration = giveUp.Register(() => Leave(turn, giveUp));
            await turn.Task;
        }

        return new Slot(this);
    }

    private void Leave(TaskCompletionSource turn, CancellationToken giveUp)
    {
        lock (_lock)
        {
            // Not there any more: the slot was handed over first, and its holder gives it back.
            if (!_waiting.Remove(turn, out _, out _))
                return;
        }

        turn.SetCanceled(giveUp);
        changed();
    }

    private void Free()
    {
        lock (_lock)
        {
            if (_waiting.TryDequeue(out var next, out _))
                next.SetResult();
            else
                _used--;
        }

        changed();
    }

    private sealed class Slot(SlotQueue owner) : IDisposable
    {
        private int _freed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _freed, 1) == 0)
                owner.Free();
        }
    }
}
