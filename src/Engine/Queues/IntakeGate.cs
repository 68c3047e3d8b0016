namespace ActorBalancer.Engine.Queues;

/// <summary>Counts the tasks inside the whole engine and the bytes of their bodies, and refuses more than its limits.
/// Thread-safe.</summary>
/// <param name="tasksMax">Most tasks.</param>
/// <param name="bytesMax">Most bytes of bodies, wherever they lie.</param>
internal sealed class IntakeGate(int tasksMax, long bytesMax)
{
    private int _tasks;
    private long _bytes;

    /// <summary>Tasks inside, waiting or running.</summary>
    public int Tasks => Volatile.Read(ref _tasks);

    /// <summary>Bytes of their bodies.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Counts a task in, unless the engine is full.</summary>
    public GateAnswer TryEnter(int bytes)
    {
        if (Interlocked.Increment(ref _tasks) > tasksMax)
        {
            Interlocked.Decrement(ref _tasks);
            return GateAnswer.TooMany;
        }

        if (Interlocked.Add(ref _bytes, bytes) <= bytesMax)
            return GateAnswer.Entered;
        Leave(bytes);
        return GateAnswer.TooLarge;
    }

    /// <summary>Counts in a task that the store brought back.</summary>
    public void EnterRecovered(int bytes)
    {
        Interlocked.Increment(ref _tasks);
        Interlocked.Add(ref _bytes, bytes);
    }

    /// <summary>Counts a task out.</summary>
    public void Leave(int bytes)
    {
        Interlocked.Decrement(ref _tasks);
        Interlocked.Add(ref _bytes, -bytes);
    }
}

/// <summary>What the gate says to a task.</summary>
internal enum GateAnswer : byte
{
    /// <summary>It is counted in.</summary>
    Entered,

    /// <summary>There are too many tasks.</summary>
    TooMany,

    /// <summary>Their bodies are too large together.</summary>
    TooLarge,
}
