namespace ActorBalancer.Api.Status;

/// <summary>The last values of a fixed number. Not thread-safe.</summary>
/// <param name="capacity">How many are kept; 1 or more.</param>
internal sealed class Ring<T>(int capacity)
{
    private readonly T[] _values = new T[capacity];
    private int _next;

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a value; the oldest goes when it is full.</summary>
    public void Add(T value)
    {
        _values[_next] = value;
        _next = (_next + 1) % capacity;
        Count = Math.Min(Count + 1, capacity);
    }

    /// <summary>The value that came before so many others; the oldest when there are not so many.</summary>
    /// <param name="steps">0 for the newest.</param>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public T Back(int steps) => Count == 0
        ? throw new InvalidOperationException("The ring is empty.")
        : _values[(_next - 1 - Math.Min(steps, Count - 1) + capacity) % capacity];

    /// <summary>A copy, oldest first.</summary>
    public T[] ToArray()
    {
        var values = new T[Count];
        for (var index = 0; index < values.Length; index++)
            values[index] = Back(values.Length - 1 - index);
        return values;
    }
}
