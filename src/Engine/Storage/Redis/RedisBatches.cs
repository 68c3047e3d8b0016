using System.Collections.Concurrent;

namespace ActorBalancer.Engine.Storage.Redis;

/// <summary>Puts the calls of many threads together: while one batch is on its way, what arrives makes the next. The
/// first call of an idle time goes at once, by itself. Thread-safe, without a lock.</summary>
/// <param name="countMax">Most calls of a batch.</param>
/// <param name="bytesMax">Bytes after which no more goes into a batch.</param>
/// <param name="send">Sends a batch; never throws. The list is used again when it has completed.</param>
internal sealed class RedisBatches<T>(int countMax, int bytesMax, Func<List<T>, Task> send)
    where T : class, IRedisBatchItem
{
    private readonly ConcurrentQueue<T> _waiting = new();
    private readonly List<T> _batch = []; // of whoever runs
    private int _running;

    /// <summary>Calls that wait for their batch.</summary>
    public IReadOnlyCollection<T> Waiting => _waiting;

    /// <summary>Adds a call; it is in some batch from now on.</summary>
    public void Add(T item)
    {
        _waiting.Enqueue(item);
        if (Interlocked.Exchange(ref _running, 1) == 0)
            _ = RunAsync();
    }

    private async Task RunAsync()
    {
        do
        {
            while (Fill())
            {
                await send(_batch);
                _batch.Clear();
            }

            Volatile.Write(ref _running, 0);
        }
        while (!_waiting.IsEmpty && Interlocked.Exchange(ref _running, 1) == 0);
    }

    private bool Fill()
    {
        var bytes = 0L;
        while (_batch.Count < countMax && bytes < bytesMax && _waiting.TryDequeue(out var item))
        {
            if (item.IsDropped)
                continue;
            _batch.Add(item);
            bytes += item.Bytes;
        }

        return _batch.Count > 0;
    }
}

/// <summary>A call on its way into a batch.</summary>
internal interface IRedisBatchItem
{
    /// <summary>About its size in bytes.</summary>
    int Bytes { get; }

    /// <summary>True when nobody waits for it any more: it is not sent.</summary>
    bool IsDropped { get; }
}
