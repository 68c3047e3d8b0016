namespace ActorBalancer.Engine.Tasks;

/// <summary>
/// Hashed timing wheel (Varghese and Lauck, 1987, scheme 6) over the runs of one queue: adding, moving and removing
/// cost a few pointer writes and no timer, whatever the number of waiting callers. Owned by the queue's actor, which
/// calls <see cref="Advance"/> about once a tick while the wheel is not empty; a run is due at most one tick late and
/// never early.
/// </summary>
internal sealed class DeadlineWheel
{
    /// <summary>Length of a tick. A time-out of a task is meant in seconds; 25 ms more do not hurt.</summary>
    public const int TickMilliseconds = 25;

    private const int BucketCount = 1024;

    private readonly TaskRun?[] _buckets = new TaskRun?[BucketCount];
    private long _lastTick = -1;

    /// <summary>Runs in the wheel.</summary>
    public int Count { get; private set; }

    /// <summary>Puts a run in, or moves it when it is in already.</summary>
    public void Schedule(TaskRun run, long dueMilliseconds)
    {
        Remove(run);
        run.WheelDueMilliseconds = dueMilliseconds;

        // Rounded up, and never into a tick that has been looked at: it would wait for a whole turn.
        var tick = Math.Max((dueMilliseconds + TickMilliseconds - 1) / TickMilliseconds, _lastTick + 1);
        var bucket = (int)(tick % BucketCount);
        run.Bucket = bucket;
        run.Next = _buckets[bucket];
        if (run.Next is not null)
            run.Next.Previous = run;
        _buckets[bucket] = run;
        Count++;
    }

    /// <summary>Takes a run out; does nothing when it is not in.</summary>
    public void Remove(TaskRun run)
    {
        if (run.Bucket < 0)
            return;
        if (run.Previous is null)
            _buckets[run.Bucket] = run.Next;
        else
            run.Previous.Next = run.Next;
        if (run.Next is not null)
            run.Next.Previous = run.Previous;
        run.Previous = run.Next = null;
        run.Bucket = -1;
        Count--;
    }

    /// <summary>Takes out every run that is due and adds it to <paramref name="due"/>.</summary>
    public void Advance(long nowMilliseconds, List<TaskRun> due)
    {
        var tick = nowMilliseconds / TickMilliseconds;

        // After a long pause one turn of the wheel visits every bucket; more would visit them again.
        var first = _lastTick < 0 ? tick - BucketCount + 1 : Math.Max(_lastTick + 1, tick - BucketCount + 1);
        for (var visited = first; visited <= tick && Count > 0; visited++)
        {
            var run = _buckets[(int)(((visited % BucketCount) + BucketCount) % BucketCount)];
            while (run is not null)
            {
                var next = run.Next;
                if (run.WheelDueMilliseconds <= nowMilliseconds)
                {
                    Remove(run);
                    due.Add(run);
                }

                run = next;
            }
        }

        _lastTick = Math.Max(_lastTick, tick);
    }

    /// <summary>All runs in the wheel, in no order; the wheel may be changed meanwhile.</summary>
    public List<TaskRun> All()
    {
        var all = new List<TaskRun>(Count);
        foreach (var head in _buckets)
        {
            for (var run = head; run is not null; run = run.Next)
                all.Add(run);
        }

        return all;
    }
}
