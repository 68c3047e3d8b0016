using System.Buffers;

namespace ActorBalancer.Engine.Tasks;

/// <summary>A worker's whole answer in pooled memory. Belongs to one reader, who disposes it once.</summary>
public sealed class WorkerReply : IDisposable
{
    private byte[]? _buffer;

    /// <summary>Takes over <paramref name="buffer"/>, which must come from the shared array pool.</summary>
    public WorkerReply(byte[] buffer, int length, string? contentType)
    {
        _buffer = buffer;
        Length = length;
        ContentType = contentType;
    }

    /// <summary>A reply of its own from bytes that stay with others.</summary>
    public static WorkerReply CopyOf(ReadOnlySpan<byte> bytes, string? contentType)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(buffer);
        return new WorkerReply(buffer, bytes.Length, contentType);
    }

    /// <summary>The worker's content type as it was sent; null when it sent none.</summary>
    public string? ContentType { get; }

    /// <summary>Size of the answer in bytes.</summary>
    public int Length { get; }

    /// <summary>The answer.</summary>
    /// <exception cref="ObjectDisposedException">The reply was disposed.</exception>
    public ReadOnlyMemory<byte> Body
    {
        get
        {
            ObjectDisposedException.ThrowIf(_buffer is null, this);
            return _buffer.AsMemory(0, Length);
        }
    }

    /// <summary>Gives the memory back; the second call does nothing.</summary>
    public void Dispose()
    {
        var buffer = Interlocked.Exchange(ref _buffer, null);
        if (buffer is not null)
            ArrayPool<byte>.Shared.Return(buffer);
    }
}
