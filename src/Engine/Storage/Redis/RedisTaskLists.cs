using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage.Redis;

/// <summary>
/// Merges the pages of several queues into one list, newest id first. Each page is one answer of Redis and holds a
/// bounded number of tasks, so neither a long queue nor a filter that few tasks pass holds up others for long.
/// </summary>
internal static class RedisTaskLists
{
    /// <summary>Most tasks in a page: their hashes without bodies and results are some 100 KB.</summary>
    public const int PageMax = 200;

    private const int PageMin = 20;

    /// <summary>Pages asked for at the same time.</summary>
    private const int PagesAtOnce = 32;

    /// <summary>Reads one page of a queue: tasks below an id, newest first, those among them that the filter lets pass.
    /// </summary>
    public delegate Task<Page> PageReader(QueueKey queue, TaskId? before, int length);

    /// <summary>Merges.</summary>
    /// <param name="queues">The queues.</param>
    /// <param name="read">Reads a page.</param>
    /// <param name="before">Only ids below this one; null from the newest.</param>
    /// <param name="limit">At most so many, 1 or more.</param>
    public static async Task<List<TaskSnapshot>> MergeAsync(
        IEnumerable<QueueKey> queues, PageReader read, TaskId? before, int limit)
    {
        var sources = queues.Select(queue => new Source(queue, before)).ToList();
        var length = sources.Count == 0 ? 0 : Math.Clamp(2 * limit / sources.Count, PageMin, PageMax);
        var merged = new List<TaskSnapshot>();
        while (merged.Count < limit)
        {
            var newest = sources.MaxBy(static source => source.Head?.Id.Age);
            var unread = sources.FindAll(source => source.MayHoldNewerThan(newest?.Head));
            if (unread.Count > 0)
            {
                foreach (var some in unread.Chunk(PagesAtOnce))
                    await Task.WhenAll(some.Select(source => source.ReadAsync(read, length)));
                length = PageMax;
            }
            else if (newest?.Head is { } task)
            {
                merged.Add(task);
                newest.Drop();
            }
            else
            {
                break;
            }
        }

        return merged;
    }

    /// <summary>A page of one queue.</summary>
    /// <param name="Passing">Tasks that pass.</param>
    /// <param name="Last">The oldest id that was looked at; null when none was.</param>
    /// <param name="IsLast">True when there are no older ones.</param>
    public sealed record Page(IReadOnlyList<TaskSnapshot> Passing, TaskId? Last, bool IsLast);

    private sealed class Source(QueueKey queue, TaskId? before)
    {
        private readonly Queue<TaskSnapshot> _found = [];
        private TaskId? _before = before;
        private bool _isStarted;
        private bool _isRead;

        public TaskSnapshot? Head => _found.TryPeek(out var head) ? head : null;

        // Ids down to the last one looked at are known.
        public bool MayHoldNewerThan(TaskSnapshot? task) => _found.Count == 0 && !_isRead
            && (!_isStarted || task is null || _before!.Value.Age > task.Id.Age);

        public void Drop() => _found.Dequeue();

        public async Task ReadAsync(PageReader read, int length)
        {
            var page = await read(queue, _before, length);
            foreach (var task in page.Passing)
                _found.Enqueue(task);
            _isStarted = true;
            _isRead = page.IsLast;
            _before = page.Last ?? _before;
        }
    }
}
