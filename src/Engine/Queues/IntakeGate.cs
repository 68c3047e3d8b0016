namespace ActorBalancer.Engine.Queues;

/// <summary>Counts the tasks inside the whole engine and refuses more than its limit. Thread-safe.</summary>
internal sealed class IntakeGate(int limit)
{
    private int _inside;

    /// <summary>Tasks inside, waiting or running.</summary>
    public int Inside => Volatile.Read(ref _inside);

    /// <summary>Counts a task in, unless the engine is full.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _inside) <= limit)
            return true;
        Interlocked.Decrement(ref _inside);
        return false;
    }

    /// <summary>Counts in tasks that the store brought back.</summary>
    public void EnterRecovered(int count) => Interlocked.Add(ref _inside, count);

    /// <summary>Counts a task out.</summary>
    public void Leave() => Interlocked.Decrement(ref _inside);
}
