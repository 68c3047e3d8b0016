using System.Buffers;
using System.IO.Pipelines;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using ActorBalancer.Api.Proxying.Tunnels;
using ActorBalancer.Engine.Proxying;
using Microsoft.Extensions.Primitives;

namespace ActorBalancer.Api.Proxying.Forwarding;

/// <summary>The answer as the client gets it.</summary>
internal sealed partial class ForwardedCall
{
    /// <summary>Bytes that are read at once. Source: ours; four of Kestrel's blocks.</summary>
    private const int PieceBytes = 16 * 1024;

    /// <summary>Longest rest of a body that is gathered while it comes without a wait. Source: Kestrel's bound of what
    /// it holds for a client.</summary>
    private const int GatheredBytesMax = 64 * 1024;

    private bool _isReading;
    private bool _hasClientFailed;
    private bool _hasFlushed;

    /// <returns>False when the head is not fit to be passed on.</returns>
    private bool CopyHead(HttpResponseMessage response)
    {
        var target = context.Response;
        target.StatusCode = (int)response.StatusCode;
        var source = response.Headers.NonValidated;
        var connection = source.TryGetValues("Connection", out var named) ? named.ToString() : null;
        var isPlain = HeaderRules.NamesNothing(connection);
        return CopyHeaders(source, isPlain ? null : connection)
            && CopyHeaders(response.Content.Headers.NonValidated, isPlain ? null : connection);
    }

    private bool CopyHeaders(HttpHeadersNonValidated source, string? connection)
    {
        var target = context.Response.Headers;
        foreach (var (name, values) in source)
        {
            foreach (var value in values)
            {
                if (HeaderRules.IsUnfit(value))
                    return false;
            }

            if (HeaderRules.IsHopByHop(name) || AnswerRules.IsOurs(name)
                || (connection is not null && HeaderRules.IsNamed(connection, name)))
            {
                continue;
            }

            // Not what a header set earlier says: Kestrel's own Date gives way to the backend's.
            target[name] = values.Count == 1 ? values.ToString() : new StringValues([.. values]);
        }

        return true;
    }

    private void AddOwnHeaders(Backend backend, bool isKnown)
    {
        if (Options.ExposeBackend)
        {
            var headers = context.Response.Headers;
            headers["x-backend"] = backend.UrlText;
            headers["x-backend-id"] = backend.Id;
        }

        if (!isKnown)
            route.Sticky.Write(context, backend);
        if (_intent == WebSocketIntent.Opening && _status == StatusCodes.Status101SwitchingProtocols
            && HttpProtocol.IsHttp11(context.Request.Protocol))
        {
            context.Response.Headers.Upgrade = "websocket";
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask CopyBodyAsync(Backend backend, HttpResponseMessage response)
    {
        var length = response.Content.Headers.ContentLength;
        if (_status != StatusCodes.Status204NoContent)
            context.Response.ContentLength = length;
        if (length == 0 || HttpMethods.IsHead(context.Request.Method)
            || _status is StatusCodes.Status204NoContent or StatusCodes.Status304NotModified)
        {
            return;
        }

        try
        {
            await context.Response.StartAsync(CancellationToken.None);
            if (length is { } known)
                await CopyKnownAsync(response.Content.ReadAsStream(CancellationToken.None), known);
            else
                await CopyGatheredAsync(response.Content.ReadAsStream(CancellationToken.None), long.MaxValue);

            // At the end Kestrel flushes what is left only if it has flushed nothing of the answer before.
            if (_hasFlushed)
                await FlushAsync(context.Response.BodyWriter);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException
            or HttpRequestException or InvalidOperationException)
        {
            if (_client.IsCancellationRequested)
                _status = StatusCodes.Status499ClientClosedRequest;
            else if (_isReading && !_hasClientFailed)
                backend.Observe(new AttemptResult(AttemptKind.BrokeOff, Math.Min(_status, 599), TimeSpan.Zero));

            // The client must not take a part for the whole.
            context.Abort();
        }
    }

    // The first piece goes straight into the client's buffer; a small body ends with it, and goes out with its head
    // when the request ends.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask CopyKnownAsync(Stream content, long length)
    {
        var writer = context.Response.BodyWriter;
        while (true)
        {
            var rest = length - _bytesOut;
            var read = await ReadAsync(content, writer.GetMemory((int)Math.Min(rest, PieceBytes)), rest);
            writer.Advance(read);
            _bytesOut += read;
            if (_bytesOut == length)
                return;
            if (length - _bytesOut <= GatheredBytesMax)
                break;
            await FlushAsync(writer);
        }

        await CopyGatheredAsync(content, length);
    }

    // Pieces that are there already are gathered; before a wait, what there is goes out.
    private async ValueTask CopyGatheredAsync(Stream content, long length)
    {
        var writer = context.Response.BodyWriter;
        var buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            // The head counts as something that the client waits for.
            var gathered = 1;
            while (_bytesOut < length)
            {
                var rest = (int)Math.Min(length - _bytesOut, buffer.Length);
                _isReading = true;
                var reading = content.ReadAsync(buffer.AsMemory(0, rest), _clock.Token);
                if (!reading.IsCompleted)
                {
                    _clock.Limit(Options.Timeouts.Idle);
                    if (gathered > 0)
                        await FlushBesideAsync(writer);
                    gathered = 0;
                }

                var read = await reading;
                _isReading = false;
                if (read == 0)
                    break;
                writer.Write(buffer.AsSpan(0, read));
                _bytesOut += read;
                gathered += read;
                if (gathered >= GatheredBytesMax)
                {
                    await FlushAsync(writer);
                    gathered = 0;
                }
            }

            if (_bytesOut < length && length != long.MaxValue)
            {
                _isReading = true;
                throw new HttpIOException(HttpRequestError.ResponseEnded);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async ValueTask<int> ReadAsync(Stream content, Memory<byte> memory, long rest)
    {
        _isReading = true;
        var reading = content.ReadAsync(rest < memory.Length ? memory[..(int)rest] : memory, _clock.Token);
        if (!reading.IsCompleted)
            _clock.Limit(Options.Timeouts.Idle);
        var read = await reading;
        if (read == 0)
            throw new HttpIOException(HttpRequestError.ResponseEnded);
        _isReading = false;
        return read;
    }

    // Flushes while a read is under way into a rented buffer. That read must have ended before an exception leaves, so
    // a failure only ends the read, whose own exception then takes its place.
    private async ValueTask FlushBesideAsync(PipeWriter writer)
    {
        try
        {
            await FlushAsync(writer);
        }
        catch (Exception)
        {
            _hasClientFailed = true;
            _clock.Cancel();
        }

        _isReading = true;
    }

    private async ValueTask FlushAsync(PipeWriter writer)
    {
        _isReading = false;
        _hasFlushed = true;
        var flushing = writer.FlushAsync(_clock.Token);
        if (!flushing.IsCompleted)
            _clock.Limit(Options.Timeouts.Idle);
        var flushed = await flushing;
        if (flushed.IsCompleted)
            throw new IOException("The client has gone.");
    }
}
