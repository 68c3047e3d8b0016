using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage.Shared;

/// <summary>
/// A store that the nodes of a cluster share: the queues themselves live in it, and a task is nobody's until a node
/// leases it. Thread-safe. Every call may fail with <see cref="TaskStoreException"/> when the store cannot be reached
/// in time; it may have been carried out all the same, so every call may be made again.
/// </summary>
/// <remarks>
/// S1: a task is in one place of one queue: pending, delayed, waiting for its ordering key, leased by one node, or
/// ended. Each call moves it from one to another whole.
/// S2: tokens of a queue only grow. What comes under any but the task's newest one changes nothing.
/// S3: a node's leases hold while it calls <see cref="ISharedTaskQueue.TendAsync"/> in time; after that any other
/// node's call puts what it ran back to its place.
/// </remarks>
internal interface ISharedTaskStore : ITaskStore
{
    /// <summary>This life of this node: its id, a full stop, and a number that no life of any node had before. Known
    /// once the store is open.</summary>
    string Node { get; }

    /// <summary>The store's clock in Unix milliseconds, as last measured and carried on by the monotonic counter; never
    /// ahead of it.</summary>
    long NowMilliseconds { get; }

    /// <summary>Every queue that any node made, as last heard; grows only.</summary>
    IReadOnlyCollection<QueueKey> Queues { get; }

    /// <summary>The queue of that name; the same object as <see cref="ITaskStore.GetQueue"/> gives.</summary>
    ISharedTaskQueue GetSharedQueue(QueueKey key);

    /// <summary>Finds a task, alive or ended, whichever node it came by.</summary>
    ValueTask<SharedLookup> FindAsync(TaskId id, bool withBody);

    /// <summary>Tasks alive and ended, newest id first, without results and bodies.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="before">Only ids below this one; null from the newest.</param>
    /// <param name="limit">At most so many, 1 or more.</param>
    ValueTask<IReadOnlyList<TaskSnapshot>> ListAsync(TaskFilter filter, TaskId? before, int limit);

    /// <summary>Claims an idempotency key for a task that is about to be made.</summary>
    /// <param name="mark">The key and the print of the body.</param>
    /// <param name="id">The task.</param>
    /// <param name="queue">Its queue.</param>
    /// <param name="instead">The holder that the caller found to be no task any more; its claim is replaced if it still
    /// stands. Null for none.</param>
    /// <returns>Who holds the key now: the caller's own id when it was free.</returns>
    ValueTask<KeyHolder> ClaimKeyAsync(IdempotencyMark mark, TaskId id, QueueKey queue, TaskId? instead);

    /// <summary>Gives a key back if that task still holds it.</summary>
    ValueTask ReleaseKeyAsync(UInt128 key, TaskId id);

    /// <summary>Asks that changes of a task are told to all nodes (<see cref="SharedNews.TaskChanged"/>) from now on.
    /// </summary>
    /// <returns>False when there is no such task.</returns>
    ValueTask<bool> WatchAsync(TaskId id);

    /// <summary>Gives up pending deliveries that this node has: whoever looks first once they are due makes them.
    /// Those that are done meanwhile stay so.</summary>
    ValueTask LeaveDeliveriesAsync(IReadOnlyList<PendingDelivery> deliveries);

    /// <summary>URLs of workers that are to get no new tasks.</summary>
    ValueTask<IReadOnlyCollection<string>> ReadDrainsAsync();

    /// <summary>Asks the owner of a worker, whichever node that is, to look how it is and whether it drains
    /// (<see cref="SharedNews.WorkerTold"/>). <see cref="ITaskStore.RememberDrainAsync"/> does so too.</summary>
    ValueTask TellWorkerAsync(string url);

    /// <summary>Sends a message to another node (or to this one). It may be lost; order is kept.</summary>
    /// <param name="node">Its <see cref="Node"/>.</param>
    /// <param name="message">Up to 1 MiB; the array may be used again when the call has completed.</param>
    ValueTask SendAsync(string node, ReadOnlyMemory<byte> message);

    /// <summary>What the store tells by itself. Set before it is opened; called on threads of the connection, one call
    /// at a time, so handlers only hand on.</summary>
    SharedNews News { get; set; }
}

/// <summary>What a shared store tells a node. All of it may be lost or come twice: whoever waits looks by itself, too,
/// at longer intervals.</summary>
internal record SharedNews
{
    /// <summary>A queue may have tasks to lease, or is paused or resumed.</summary>
    public Action<QueueKey> QueueWoken { get; init; } = static _ => { };

    /// <summary>A task that came by this node has ended under another node's hands: its reply can be fetched
    /// (<see cref="ISharedTaskQueue.FetchReplyAsync"/>), or is given here.</summary>
    public Action<TaskId, SharedReply> TaskReplied { get; init; } = static (_, _) => { };

    /// <summary>A task that this node runs was ended by another node: the attempt under that token is to be broken off.
    /// </summary>
    public Action<TaskId, long> LeaseRevoked { get; init; } = static (_, _) => { };

    /// <summary>A watched task has changed.</summary>
    public Action<TaskId> TaskChanged { get; init; } = static _ => { };

    /// <summary>A worker, by its URL, is to be looked at by its owner.</summary>
    public Action<string> WorkerTold { get; init; } = static _ => { };

    /// <summary>A message of <see cref="ISharedTaskStore.SendAsync"/>; the memory is the receiver's.</summary>
    public Action<ReadOnlyMemory<byte>> MessageReceived { get; init; } = static _ => { };

    /// <summary>Asked how a task ends that has outlived its time to live, and when: at that moment in Unix milliseconds.
    /// Called by <see cref="ISharedTaskQueue.TendAsync"/>.</summary>
    public Func<QueuedTask, long, TaskEnd> TaskExpires { get; init; } =
        static (_, now) => new TaskEnd { State = TaskState.Expired, AtMilliseconds = now };

    /// <summary>A task was ended as <see cref="TaskExpires"/> said; told once, to the node that did it.</summary>
    public Action<QueuedTask, TaskEnd> TaskExpired { get; init; } = static (_, _) => { };

    /// <summary>The store can be reached again, or no longer; with the reason.</summary>
    public Action<bool, string> HealthChanged { get; init; } = static (_, _) => { };
}

/// <summary>How a task ended, for the node whose caller waits for it.</summary>
/// <param name="State">Its final state.</param>
/// <param name="Reply">What <see cref="TaskEnd.Reply"/> held; null when the end came without one: whoever waits then
/// makes a sentence of the state.</param>
internal sealed record SharedReply(TaskState State, byte[]? Reply);

/// <summary>Who holds an idempotency key.</summary>
/// <param name="Id">The task.</param>
/// <param name="Queue">Its queue.</param>
/// <param name="Body">Print of the body that it came with.</param>
/// <param name="ClaimedAtMilliseconds">When, by the store's clock: a claim whose task is not there yet is being made,
/// or its maker died.</param>
internal sealed record KeyHolder(TaskId Id, QueueKey Queue, UInt128 Body, long ClaimedAtMilliseconds);

/// <summary>A task as it lies in a shared store.</summary>
/// <param name="Task">What is kept of it, in whatever state; the running attempt is the last of its attempts once it
/// was noted (<see cref="ISharedTaskQueue.NoteStarted"/>).</param>
/// <param name="LeaseToken">Its newest lease; 0 before the first.</param>
/// <param name="Runner">The node that runs it; null while nobody does.</param>
/// <param name="Caller">The node whose client waits for it; null when nobody does.</param>
internal sealed record SharedTask(ArchivedTask Task, long LeaseToken, string? Runner, string? Caller);

/// <summary>What a shared store knows of an id.</summary>
/// <param name="Task">The task; null when it is not there.</param>
/// <param name="IsGone">True when it was there once.</param>
internal readonly record struct SharedLookup(SharedTask? Task, bool IsGone);
