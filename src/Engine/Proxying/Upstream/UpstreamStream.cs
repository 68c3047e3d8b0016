using System.Runtime.CompilerServices;

namespace ActorBalancer.Engine.Proxying.Upstream;

/// <summary>
/// A plain HTTP/1.1 connection to a backend that tells an end between two requests from an end that answers a request.
/// One reader and one writer at a time.
/// </summary>
/// <remarks>
/// The HTTP handler sends a request without a body up to four times when the connection ends before an answer, even a
/// DELETE that the backend has carried out. It does so on a read of zero bytes alone. So such a read throws
/// <see cref="UpstreamClosedException"/> here once a request was written; an end while the connection is idle stays an
/// end, after which the handler takes another connection before it writes anything.
/// </remarks>
internal sealed class UpstreamStream(Stream inner) : Stream
{
    // True from the first byte of a request to the first byte of its answer. After an upgrade it stays false: both
    // sides then write when they like and an end is an end.
    private volatile bool _isAwaited;
    private volatile bool _isUpgraded;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = inner.ReadAsync(buffer, cancellationToken);
        if (!read.IsCompletedSuccessfully)
            return FinishReadAsync(read, buffer);
        var count = read.Result;
        return IsEarlyEnd(count, buffer.Span)
            ? ValueTask.FromException<int>(new UpstreamClosedException(null))
            : new ValueTask<int>(count);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var count = inner.Read(buffer);
        return IsEarlyEnd(count, buffer) ? throw new UpstreamClosedException(null) : count;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        MarkWritten();
        var write = inner.WriteAsync(buffer, cancellationToken);
        return write.IsCompletedSuccessfully ? write : FinishWriteAsync(write);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        MarkWritten();
        inner.Write(buffer);
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override void Flush() => inner.Flush();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }

    private void MarkWritten()
    {
        if (!_isUpgraded)
            _isAwaited = true;
    }

    // A read into no memory only waits for data: zero is no end there.
    private bool IsEarlyEnd(int count, ReadOnlySpan<byte> buffer)
    {
        if (count == 0)
            return _isAwaited && buffer.Length > 0;
        if (_isAwaited)
        {
            _isAwaited = false;
            _isUpgraded = buffer[..count].StartsWith("HTTP/1.1 101"u8);
        }

        return false;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> FinishReadAsync(ValueTask<int> read, Memory<byte> buffer)
    {
        int count;
        try
        {
            count = await read;
        }
        catch (IOException exception) when (_isAwaited)
        {
            throw new UpstreamClosedException(exception);
        }

        return IsEarlyEnd(count, buffer.Span) ? throw new UpstreamClosedException(null) : count;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FinishWriteAsync(ValueTask write)
    {
        try
        {
            await write;
        }
        catch (IOException exception) when (_isAwaited)
        {
            throw new UpstreamClosedException(exception);
        }
    }
}
