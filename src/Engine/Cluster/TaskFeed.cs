using System.Collections.Concurrent;
using System.Threading.Channels;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Cluster;

/// <summary>What a look at a watched task showed.</summary>
/// <param name="Lookup">The task.</param>
/// <param name="Reply">How a task of which nothing is kept ended; null when that is not known, and for all others.
/// </param>
internal sealed record FeedLook(SharedLookup Lookup, SharedReply? Reply)
{
    /// <summary>True when no other look follows: the task has ended, or is not there.</summary>
    public bool IsLast => Lookup.Task is not { } found || TaskTransitions.IsFinal(found.Task.Snapshot.State);
}

/// <summary>
/// Looks at tasks for those who wait for their changes: when the store tells of one, and every two seconds. However
/// many wait for a task, it is looked at once. Thread-safe.
/// </summary>
internal sealed class TaskFeed(ISharedTaskStore store, EngineClock clock, CancellationToken stopping)
{
    /// <summary>From one look to the next when no news come. Source: ours.</summary>
    public static readonly TimeSpan LookPeriod = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<TaskId, Watched> _watched = new();

    /// <summary>Tasks that somebody waits for.</summary>
    public int Count => _watched.Count;

    /// <summary>The store says that a task has changed.</summary>
    public void Changed(TaskId id)
    {
        if (_watched.TryGetValue(id, out var watched))
            watched.Signal();
    }

    /// <summary>Begins to look at a task. The first look comes at once.</summary>
    public Reader Join(TaskId id, QueueKey queue)
    {
        while (true)
        {
            var mine = new Watched(id, queue);
            var watched = _watched.GetOrAdd(id, mine);
            var reader = watched.TryJoin(this);
            if (ReferenceEquals(watched, mine))
                _ = WatchAsync(mine);
            if (reader is not null)
                return reader;
        }
    }

    private async Task WatchAsync(Watched watched)
    {
        var isWatched = false;
        try
        {
            while (!stopping.IsCancellationRequested && !watched.IsClosed)
            {
                var signal = watched.Arm();
                try
                {
                    isWatched = isWatched || await store.WatchAsync(watched.Id);
                    var look = await LookAsync(watched);
                    watched.Publish(look);
                    if (look.IsLast)
                        break;
                }
                catch (TaskStoreException)
                {
                    // Looked at again, as long as somebody waits.
                }

                await WaitAsync(signal);
            }
        }
        finally
        {
            Remove(watched);
        }
    }

    // What is gone may have left word of how it ended.
    private async ValueTask<FeedLook> LookAsync(Watched watched)
    {
        var lookup = await store.FindAsync(watched.Id, withBody: false);
        return new FeedLook(
            lookup,
            lookup.Task is null ? await store.GetSharedQueue(watched.Queue).FetchReplyAsync(watched.Id) : null);
    }

    private async Task WaitAsync(Task signal)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        await Task.WhenAny(signal, Task.Delay(LookPeriod, clock.Time, either.Token));
        either.Cancel(); // only ends the delay's timer: no thread of the pool is needed for that
    }

    private void Remove(Watched watched)
    {
        _watched.TryRemove(new KeyValuePair<TaskId, Watched>(watched.Id, watched));
        watched.Close();
    }

    /// <summary>One who waits. Belongs to one reader, who disposes it. A look that was not read before the next is
    /// passed over.</summary>
    internal sealed class Reader : IDisposable
    {
        private readonly Channel<FeedLook> _looks = Channel.CreateBounded<FeedLook>(
            new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
        private readonly Action<Reader> _leave;

        internal Reader(Action<Reader> leave) => _leave = leave;

        /// <summary>The looks; completes after the last one, and at the stop.</summary>
        public ChannelReader<FeedLook> Looks => _looks.Reader;

        internal ChannelWriter<FeedLook> Writer => _looks.Writer;

        /// <inheritdoc/>
        public void Dispose() => _leave(this);
    }

    private sealed class Watched(TaskId id, QueueKey queue)
    {
        private readonly Lock _lock = new();
        private readonly List<Reader> _readers = []; // guarded by the lock, as all below
        private TaskCompletionSource _signal = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private bool _isClosed;

        public TaskId Id => id;

        public QueueKey Queue => queue;

        public bool IsClosed
        {
            get
            {
                lock (_lock)
                    return _isClosed;
            }
        }

        /// <summary>A signal that comes from now on is not lost.</summary>
        public Task Arm()
        {
            lock (_lock)
            {
                if (_signal.Task.IsCompleted)
                    _signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                return _signal.Task;
            }
        }

        public void Signal()
        {
            lock (_lock)
                _signal.TrySetResult();
        }

        /// <summary>Null when the last look has been published.</summary>
        public Reader? TryJoin(TaskFeed feed)
        {
            lock (_lock)
            {
                if (_isClosed)
                    return null;
                var reader = new Reader(reader => Leave(feed, reader));
                _readers.Add(reader);
                _signal.TrySetResult();
                return reader;
            }
        }

        /// <summary>Nobody joins after the last look: it would not be told.</summary>
        public void Publish(FeedLook look)
        {
            lock (_lock)
            {
                _isClosed |= look.IsLast;
                foreach (var reader in _readers)
                    reader.Writer.TryWrite(look);
            }
        }

        public void Close()
        {
            lock (_lock)
            {
                _isClosed = true;
                foreach (var reader in _readers)
                    reader.Writer.TryComplete();
                _readers.Clear();
                _signal.TrySetResult();
            }
        }

        private void Leave(TaskFeed feed, Reader reader)
        {
            reader.Writer.TryComplete();
            lock (_lock)
            {
                if (!_readers.Remove(reader) || _readers.Count > 0)
                    return;
                _isClosed = true;
            }

            feed.Remove(this);
        }
    }
}
