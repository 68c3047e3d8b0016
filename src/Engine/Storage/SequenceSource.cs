namespace ActorBalancer.Engine.Storage;

/// <summary>Numbers the tasks of all queues of a store in the order of their arrival. Thread-safe.</summary>
internal sealed class SequenceSource
{
    private long _last;

    /// <summary>The highest number given out.</summary>
    public long Last => Volatile.Read(ref _last);

    /// <summary>Goes on above <paramref name="last"/>; before the first <see cref="Next"/>.</summary>
    public void StartAfter(long last) => Volatile.Write(ref _last, last);

    /// <summary>The next number.</summary>
    public long Next() => Interlocked.Increment(ref _last);
}
