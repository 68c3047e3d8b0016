using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Workers;

/// <summary>
/// The answer of a stream task, read from the worker's connection only as fast as the client takes it. The call waits
/// for <see cref="Completion"/>, and the slot with it.
/// </summary>
internal sealed class WorkerAnswerStream : WorkerStream
{
    /// <summary>Bytes that are waited for before the stream is handed over. Source: ours; the smallest read that shows
    /// that the worker has begun to answer without holding much of it.</summary>
    private const int FirstBytesMax = 4096;

    private readonly TaskCompletionSource<AttemptResult> _completion =
        new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HttpResponseMessage _response;
    private readonly Stream _stream;
    private readonly CancellationTokenSource _disposed;
    private readonly CancellationToken _call;
    private readonly byte[] _first;
    private readonly int _firstLength;
    private int _firstRead;
    private bool _atEnd;

    private WorkerAnswerStream(
        HttpResponseMessage response, Stream stream, byte[] first, int firstLength, CancellationToken call)
    {
        _response = response;
        _stream = stream;
        _first = first;
        _firstLength = firstLength;
        _atEnd = firstLength == 0;
        _call = call;
        _disposed = CancellationTokenSource.CreateLinkedTokenSource(call);
        ContentType = response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var values)
            ? values.ToString()
            : null;
    }

    /// <summary>How the attempt ended: after the last byte, or when the stream was disposed or broke.</summary>
    public Task<AttemptResult> Completion => _completion.Task;

    /// <inheritdoc/>
    public override int Status => (int)_response.StatusCode;

    /// <inheritdoc/>
    public override string? ContentType { get; }

    /// <summary>Takes over a response and waits for its first bytes, or for the end of an empty one.</summary>
    /// <exception cref="IOException">The worker broke off before the first byte.</exception>
    public static async ValueTask<WorkerAnswerStream> OpenAsync(
        HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var first = new byte[FirstBytesMax];
        var length = await stream.ReadAsync(first, cancellationToken);
        return new WorkerAnswerStream(response, stream, first, length, cancellationToken);
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_firstRead < _firstLength)
        {
            var count = Math.Min(buffer.Length, _firstLength - _firstRead);
            _first.AsMemory(_firstRead, count).CopyTo(buffer);
            _firstRead += count;
            return count;
        }

        if (_atEnd)
        {
            Complete(new AttemptResult(AttemptKind.Succeeded, Status, null, null));
            return 0;
        }

        try
        {
            await using var leaving = cancellationToken.UnsafeRegister(
                static stream => ((WorkerAnswerStream)stream!).Dispose(), this);
            var read = await _stream.ReadAsync(buffer, _disposed.Token);
            if (read == 0)
            {
                _atEnd = true;
                Complete(new AttemptResult(AttemptKind.Succeeded, Status, null, null));
            }

            return read;
        }
        catch (Exception exception) when (WorkerTransport.FaultOf(exception, _call) is { } fault)
        {
            Complete(_disposed.IsCancellationRequested && !_call.IsCancellationRequested ? Abandoned : fault);
            throw new IOException(fault.Error, exception);
        }
        catch (ObjectDisposedException exception)
        {
            throw new IOException("the stream was left", exception);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (_completion.Task.IsCompleted)
            return;
        try
        {
            _disposed.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It completed at this moment.
        }

        Complete(Abandoned);
    }

    private static AttemptResult Abandoned { get; } =
        AttemptResult.Fault(AttemptKind.Abandoned, "the client left the stream");

    private void Complete(AttemptResult result)
    {
        if (!_completion.TrySetResult(result))
            return;
        _response.Dispose();
        _disposed.Dispose();
    }
}
