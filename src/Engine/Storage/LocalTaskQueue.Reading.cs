using ActorBalancer.Engine.Storage.Journal;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage;

/// <summary>Leases whose bodies must first be read from disk.</summary>
internal sealed partial class LocalTaskQueue
{
    /// <summary>Tasks whose bodies are read together: one trip to the disk's thread serves as many leases.</summary>
    private const int ReadAheadCount = 64;

    /// <summary>How long a failed read is held back: an owner who asks again at once must not spin.</summary>
    private static readonly TimeSpan FailedReadWait = TimeSpan.FromMilliseconds(250);

    // The owner may go on while a load runs, so a load touches nothing of the queue: its tasks stay pending, marked
    // as held, and the reader puts their bodies in place. One runs at a time (R3 rests on it).
    private Task<int>? _load;

    /// <summary>Brings the bodies of the next tasks into memory.</summary>
    /// <returns>Completes with 0 when they are there.</returns>
    private ValueTask<int> LoadNext(SqliteJournal journal)
    {
        if (_load is null || _load.IsCompleted)
        {
            var dropped = new List<QueuedTask>(ReadAheadCount);
            foreach (var task in _pending.BringForward(ReadAheadCount))
            {
                if ((TaskRecord.Hold(task) & TaskRecord.Dropped) != 0)
                    dropped.Add(task);
            }

            _load = LoadAsync(new BodyRequest(dropped), journal);
        }

        return new ValueTask<int>(_load);
    }

    private async Task<int> LoadAsync(BodyRequest request, SqliteJournal journal)
    {
        try
        {
            await journal.ReadBodiesAsync(request);
            return 0;
        }
        catch (TaskStoreException)
        {
            await Task.Delay(FailedReadWait, _timeProvider);
            throw;
        }
    }
}
