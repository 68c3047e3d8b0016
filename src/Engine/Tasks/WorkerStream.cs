namespace ActorBalancer.Engine.Tasks;

/// <summary>
/// A worker's answer while it comes. One reader: it reads to the end, or disposes the stream, which ends the call to
/// the worker. The task holds its slot until then. Reading slowly slows the worker down.
/// </summary>
public abstract class WorkerStream : IDisposable
{
    /// <summary>The worker's HTTP status, 200 to 299.</summary>
    public abstract int Status { get; }

    /// <summary>The worker's content type as it was sent; null when it sent none.</summary>
    public abstract string? ContentType { get; }

    /// <summary>Reads what has come, waiting for the first byte of it.</summary>
    /// <returns>Bytes read; 0 at the end of a whole answer.</returns>
    /// <exception cref="IOException">The worker broke off, the task's time is over, or it was cancelled: the client
    /// must see a broken connection, not an end.</exception>
    public abstract ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Ends the call if it has not ended; the second call does nothing.</summary>
    public abstract void Dispose();
}
