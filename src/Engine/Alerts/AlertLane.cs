using System.Diagnostics.CodeAnalysis;

namespace ActorBalancer.Engine.Alerts;

/// <summary>Something on its way out, with its tries so far.</summary>
/// <param name="content">What it is.</param>
internal sealed class AlertJob<T>(T content)
{
    /// <summary>What it is.</summary>
    public T Content => content;

    /// <summary>Tries that have begun.</summary>
    public int Tries { get; set; }

    /// <summary>Not before this moment of the lane's clock.</summary>
    public TimeSpan DueAt { get; set; }
}

/// <summary>
/// A bounded queue of what goes out, with retries. What is full loses its oldest: the newest tells how things stand.
/// Belongs to one actor.
/// </summary>
/// <param name="capacity">Most jobs that wait; 1 or more.</param>
/// <param name="concurrencyMax">Most jobs under way at a time; 1 or more. With one, a job that waits for its retry
/// holds those behind it back, so that they arrive in order.</param>
/// <param name="retryDelays">Wait before each retry; their number is the number of retries.</param>
internal sealed class AlertLane<T>(int capacity, int concurrencyMax, IReadOnlyList<TimeSpan> retryDelays)
{
    private readonly LinkedList<AlertJob<T>> _waiting = new();
    private int _underWay;

    /// <summary>Jobs that wait.</summary>
    public int Count => _waiting.Count;

    /// <summary>Jobs that were dropped since the last one went out.</summary>
    public int Dropped { get; private set; }

    /// <summary>When to look again; null while nothing may be taken, or nothing waits.</summary>
    public TimeSpan? NextDue => _underWay >= concurrencyMax || _waiting.Count == 0 ? null
        : IsInOrder ? _waiting.First!.Value.DueAt : _waiting.Min(static job => job.DueAt);

    private bool IsInOrder => concurrencyMax == 1;

    /// <summary>Adds a job that is due at once.</summary>
    /// <returns>False when the oldest had to go for it.</returns>
    public bool Add(T content)
    {
        _waiting.AddLast(new AlertJob<T>(content));
        return Shrink();
    }

    /// <summary>Takes the next job that is due; give it back by <see cref="End"/> or <see cref="TryAgain"/>.</summary>
    public bool TryTake(TimeSpan now, [NotNullWhen(true)] out AlertJob<T>? job)
    {
        job = null;
        if (_underWay >= concurrencyMax)
            return false;
        for (var node = _waiting.First; node is not null; node = IsInOrder ? null : node.Next)
        {
            if (node.Value.DueAt > now)
                continue;
            job = node.Value;
            job.Tries++;
            _waiting.Remove(node);
            _underWay++;
            return true;
        }

        return false;
    }

    /// <summary>The job went out, or never will.</summary>
    public void End(bool isSent)
    {
        _underWay--;
        if (isSent)
            Dropped = 0;
    }

    /// <summary>Puts a job that failed back for its next try.</summary>
    /// <param name="job">The job.</param>
    /// <param name="now">The moment.</param>
    /// <param name="waitMin">Least wait, as the other side asked; null for none.</param>
    /// <returns>False when it had its last try; it is ended then.</returns>
    public bool TryAgain(AlertJob<T> job, TimeSpan now, TimeSpan? waitMin = null)
    {
        _underWay--;
        if (job.Tries > retryDelays.Count)
            return false;
        var wait = retryDelays[job.Tries - 1];
        job.DueAt = now + (waitMin > wait ? waitMin.Value : wait);
        _waiting.AddFirst(job);
        Shrink();
        return true;
    }

    private bool Shrink()
    {
        if (_waiting.Count <= capacity)
            return true;
        _waiting.RemoveFirst();
        Dropped++;
        return false;
    }
}
