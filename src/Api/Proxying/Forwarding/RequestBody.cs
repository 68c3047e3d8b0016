using System.IO.Pipelines;
using System.Net;

namespace ActorBalancer.Api.Proxying.Forwarding;

/// <summary>
/// The body of a request on its way to one backend: read from the client only as fast as the backend takes it, and
/// never kept. One for each attempt.
/// </summary>
/// <param name="reader">The client's body; null when the request has none but headers that describe one.</param>
/// <param name="length">Bytes that were announced; null for chunks.</param>
/// <param name="bytesMax">Most bytes; 0: no limit.</param>
/// <param name="clock">Ends the request.</param>
/// <param name="idle">Longest wait for a piece, either way; zero: none.</param>
/// <param name="firstByte">Longest wait for an answer once all is sent; zero: none.</param>
internal sealed class RequestBody(
    PipeReader? reader, long? length, long bytesMax, CallClock clock, TimeSpan idle, TimeSpan firstByte) : HttpContent
{
    private Task _sending = Task.CompletedTask;

    /// <summary>Bytes that were read from the client. Above zero, the request can't be sent elsewhere.</summary>
    public long Bytes { get; private set; }

    /// <summary>True while the client is waited for.</summary>
    public bool IsReading { get; private set; }

    /// <summary>What was wrong on the client's side; null: nothing.</summary>
    public Exception? ClientFailure { get; private set; }

    /// <summary>True when the client sent more than it may.</summary>
    public bool IsTooLarge { get; private set; }

    /// <summary>Ends the sending, if it still runs (HTTP/2 answers may overtake it), and waits for it: the client's
    /// body must not be read after its request has ended.</summary>
    public async ValueTask StopAsync()
    {
        if (_sending.IsCompleted)
            return;
        clock.Cancel();
        try
        {
            await _sending;
        }
        catch (Exception)
        {
            // Whoever waits for the answer has its own view of it.
        }
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, clock.Token);

    protected override Task SerializeToStreamAsync(
        Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        _sending = reader is null ? Task.CompletedTask : CopyAsync(reader, stream, cancellationToken);

    protected override bool TryComputeLength(out long size)
    {
        size = length ?? 0;
        return length is not null;
    }

    private async Task CopyAsync(PipeReader client, Stream backend, CancellationToken cancellationToken)
    {
        while (true)
        {
            clock.Limit(idle);
            var piece = await ReadAsync(client, cancellationToken);
            Bytes += piece.Buffer.Length;
            if (bytesMax > 0 && Bytes > bytesMax)
            {
                IsTooLarge = true;
                client.AdvanceTo(piece.Buffer.End);
                throw new IOException("The body of the request is too large.");
            }

            try
            {
                foreach (var memory in piece.Buffer)
                    await backend.WriteAsync(memory, cancellationToken);
            }
            finally
            {
                client.AdvanceTo(piece.Buffer.End);
            }

            // The handler sends what is left with the end.
            if (piece.IsCompleted || Bytes == length)
                break;
            await backend.FlushAsync(cancellationToken);
        }

        clock.Limit(firstByte);
    }

    private async ValueTask<ReadResult> ReadAsync(PipeReader client, CancellationToken cancellationToken)
    {
        IsReading = true;
        try
        {
            var piece = await client.ReadAsync(cancellationToken);
            IsReading = false;
            return piece;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            ClientFailure = exception;
            throw;
        }
    }
}
