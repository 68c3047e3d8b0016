using System.Collections.Concurrent;

namespace ActorBalancer.Engine.Tasks;

/// <summary>
/// Idempotency keys of tasks that live or are just being made: the first who claims a key makes the task, all others
/// wait for its id. The archive knows the keys of ended tasks. Thread-safe.
/// </summary>
internal sealed class IdempotencyKeys
{
    private readonly ConcurrentDictionary<UInt128, Claim> _claims = new();

    /// <summary>Keys that are in use.</summary>
    public int Count => _claims.Count;

    /// <summary>Claims a key.</summary>
    /// <returns>The claim; <paramref name="isOwner"/> says whether the caller is the one who makes the task, and then
    /// has to end the claim by <see cref="Claim.Set"/> or <see cref="Release"/>.</returns>
    public Claim Take(IdempotencyMark mark, out bool isOwner)
    {
        var mine = new Claim(mark);
        var claim = _claims.GetOrAdd(mark.Key, mine);
        isOwner = ReferenceEquals(claim, mine);
        return claim;
    }

    /// <summary>No task came of the claim, or the archive has it: whoever waits looks again.</summary>
    public void Release(Claim claim)
    {
        _claims.TryRemove(new KeyValuePair<UInt128, Claim>(claim.Mark.Key, claim));
        claim.Set(null);
    }

    /// <summary>At the stop: nobody waits any longer.</summary>
    public void ReleaseAll()
    {
        foreach (var claim in _claims.Values)
            Release(claim);
    }

    /// <summary>The key of a task that came back from the store.</summary>
    public void Restore(IdempotencyMark mark, TaskId id) => Take(mark, out _).Set(id);

    /// <summary>A task has ended, and the archive knows it; or it was refused.</summary>
    public void Remove(UInt128 key, TaskId id)
    {
        if (_claims.TryGetValue(key, out var claim) && claim.IsOf(id))
            Release(claim);
    }

    /// <summary>One use of a key.</summary>
    internal sealed class Claim(IdempotencyMark mark)
    {
        private readonly TaskCompletionSource<TaskId?> _made = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private volatile QueuedTask? _unacknowledged;

        /// <summary>The key and the print of the body.</summary>
        public IdempotencyMark Mark => mark;

        /// <summary>The task; null when none was made under this claim.</summary>
        public Task<TaskId?> Made => _made.Task;

        /// <summary>The task is made, or none will be.</summary>
        public void Set(TaskId? id) => _made.TrySetResult(id);

        /// <summary>The task lives, but is not known to be on disk: whoever repeats the key waits for its end, which
        /// will be.</summary>
        public void Hold(QueuedTask task) => _unacknowledged = task;

        /// <summary>True when the claim made that task.</summary>
        public bool IsOf(TaskId id) => _unacknowledged?.Id == id
            || (_made.Task.IsCompletedSuccessfully && _made.Task.Result == id);
    }
}
