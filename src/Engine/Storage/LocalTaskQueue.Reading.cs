using ActorBalancer.Engine.Storage.Journal;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage;

/// <summary>Leases whose bodies must first be read from disk.</summary>
internal sealed partial class LocalTaskQueue
{
    /// <summary>Tasks whose bodies are read together: one trip to the disk's thread serves as many leases.</summary>
    private const int ReadAheadCount = 64;

    /// <summary>Goes on with a lease when the body of the next task is on disk.</summary>
    /// <param name="max">Tasks to lease in all.</param>
    /// <param name="count">Tasks leased so far.</param>
    /// <param name="leased">Where they are.</param>
    /// <param name="journal">The journal.</param>
    private async ValueTask<int> ReadAndLeaseAsync(
        int max, int count, ICollection<QueuedTask> leased, SqliteJournal journal)
    {
        var wanted = max - count;
        var ahead = _pending.Take(Math.Max(wanted, ReadAheadCount));
        try
        {
            await ReadBodiesAsync(ahead, wanted, journal);
        }
        catch (TaskStoreException)
        {
            GiveBack(ahead, 0);
            // What was leased before the disk failed is the caller's; the next call tells of the failure.
            if (count > 0)
                return count;
            throw;
        }

        var handed = Math.Min(wanted, ahead.Count);
        for (var i = 0; i < handed; i++)
        {
            ahead[i].Attempt++;
            Hand(ahead[i], TaskRecord.Hold(ahead[i]), leased);
        }

        KeepForNextLeases(ahead, handed);
        return count + handed;
    }

    private static async ValueTask ReadBodiesAsync(List<QueuedTask> ahead, int wanted, SqliteJournal journal)
    {
        var dropped = new List<QueuedTask>(ahead.Count);
        var needed = 0;
        for (var i = 0; i < ahead.Count; i++)
        {
            if ((TaskRecord.Hold(ahead[i]) & TaskRecord.Dropped) == 0)
                continue;
            dropped.Add(ahead[i]);
            if (i < wanted)
                needed++;
        }

        var request = new BodyRequest(dropped, needed);
        await journal.ReadBodiesAsync(request);
        for (var i = 0; i < request.Bodies.Count; i++)
        {
            TaskRecord.PutBody(dropped[i], request.Bodies[i]);
            journal.Budget.Add(request.Bodies[i]?.Length ?? 0);
        }
    }

    /// <summary>Puts those in front whose bodies are in memory, without a gap, and gives back the rest.</summary>
    private void KeepForNextLeases(List<QueuedTask> ahead, int start)
    {
        var end = start;
        while (end < ahead.Count && !TaskRecord.IsDropped(ahead[end]))
            end++;
        GiveBack(ahead, end);
        ahead.RemoveRange(end, ahead.Count - end);
        _pending.PutInFront(ahead, start);
    }

    private void GiveBack(List<QueuedTask> tasks, int start)
    {
        for (var i = start; i < tasks.Count; i++)
        {
            TaskRecord.Release(tasks[i]);
            _pending.Push(tasks[i]);
        }
    }
}
