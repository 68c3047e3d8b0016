using System.Collections.Immutable;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using ActorBalancer.Protocol;

namespace ActorBalancer.Testing.Workers;

/// <summary>The WebSocket side of a <see cref="FakeWorker"/>, on a port of its own. Thread-safe.</summary>
public sealed class FakeWorkerSocket : IAsyncDisposable
{
    private const string AcceptSalt = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private const int FrameBytesMax = 64 * 1024;

    private readonly string? _key;
    private readonly Func<WorkerHealth> _health;
    private readonly RawListener _listener;
    private readonly Channel<string?> _connected = Channel.CreateUnbounded<string?>();
    private readonly Channel<string> _received = Channel.CreateUnbounded<string>();
    private readonly SemaphoreSlim _sending = new(1, 1);
    private ImmutableList<WebSocket> _open = [];

    internal FakeWorkerSocket(string? key, Func<WorkerHealth> health)
    {
        _key = key;
        _health = health;
        _listener = new RawListener(ServeAsync);
    }

    /// <summary>The port; 0 when the worker offers no WebSocket.</summary>
    public int Port => _listener.Port;

    /// <summary>Whether the handshake's answer repeats the sub-protocol. False at the start, as many workers do.
    /// </summary>
    public bool EchoSubProtocol { get; set; }

    /// <summary>Whether pings are answered by a status frame. True at the start.</summary>
    public bool AnswerPings { get; set; } = true;

    /// <summary>Whether a status frame is sent at once when a connection opens. False at the start.</summary>
    public bool GreetWithStatus { get; set; }

    /// <summary>Status of a refused handshake, such as 503; 0, as at the start, accepts it.</summary>
    public int RefuseWith { get; set; }

    /// <summary>Sockets open now.</summary>
    public int OpenCount => Volatile.Read(ref _open).Count;

    /// <summary>Connections accepted since the start, good or bad.</summary>
    public int AcceptedCount => _listener.Accepted;

    /// <summary>The next connection that opened; each is given once.</summary>
    /// <returns>The sub-protocol header that it sent, null when it sent none.</returns>
    public Task<string?> WaitForConnectionAsync() => Guard.WaitAsync(
        token => _connected.Reader.ReadAsync(token),
        () => $"WebSocket on port {Port}: no connection; {AcceptedCount} were accepted before");

    /// <summary>The next text frame of the balancer, such as <c>ping</c>; each is given once.</summary>
    public Task<string> WaitForFrameAsync() => Guard.WaitAsync(
        token => _received.Reader.ReadAsync(token),
        () => $"WebSocket on port {Port}: no frame; {OpenCount} sockets are open");

    /// <summary>Sends the worker's present state on every open socket.</summary>
    public Task PushStatusAsync()
    {
        var health = _health();
        return PushAsync(new WorkerStatusFrame
        {
            Status = health.Status,
            Slots = health.Slots,
            System = health.System,
            Services = health.Services,
        });
    }

    /// <summary>Sends a frame on every open socket.</summary>
    public Task PushAsync(WorkerStatusFrame frame) =>
        PushTextAsync(JsonSerializer.Serialize(frame, ProtocolJson.Default.WorkerStatusFrame));

    /// <summary>Sends any text on every open socket, JSON or not.</summary>
    public async Task PushTextAsync(string text)
    {
        foreach (var socket in Volatile.Read(ref _open))
            await SendAsync(socket, text);
    }

    /// <summary>Closes every open socket in good order with that code.</summary>
    public async Task CloseAllAsync(int code)
    {
        foreach (var socket in Volatile.Read(ref _open))
            await CloseAsync(socket, code);
    }

    /// <summary>Resets every open connection, as a dead machine's network would.</summary>
    public void Drop() => _listener.DropConnections();

    /// <summary>Starts to listen, on the same port as before.</summary>
    public void Open() => _listener.Open();

    /// <summary>Refuses connections from now on and resets those that are open.</summary>
    public Task ShutAsync() => _listener.CloseAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await ShutAsync();
        _sending.Dispose();
    }

    private async Task ServeAsync(Socket connection, CancellationToken stopping)
    {
        await using var stream = new NetworkStream(connection);
        var reader = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true));
        var request = await RawRequest.ReadAsync(reader, stopping);
        if (request?.Header("sec-websocket-key") is not { } nonce || RefuseWith != 0)
        {
            var status = RefuseWith == 0 ? 400 : RefuseWith;
            await stream.WriteAsync(FakeWorkerCall.Head(status, [("content-length", "0")]), stopping);
            return;
        }

        var offered = request.Header("sec-websocket-protocol");
        await stream.WriteAsync(Handshake(nonce, EchoSubProtocol ? offered : null), stopping);
        using var socket = WebSocket.CreateFromStream(stream, new WebSocketCreationOptions { IsServer = true });
        if (_key is not null && offered != _key)
        {
            await CloseAsync(socket, 4001);
            await ReadAllAsync(socket, stopping);
            return;
        }

        ImmutableInterlocked.Update(ref _open, static (list, one) => list.Add(one), socket);
        try
        {
            _connected.Writer.TryWrite(offered);
            if (GreetWithStatus)
                await PushStatusAsync();
            await ReadAllAsync(socket, stopping);
        }
        finally
        {
            ImmutableInterlocked.Update(ref _open, static (list, one) => list.Remove(one), socket);
        }
    }

    private async Task ReadAllAsync(WebSocket socket, CancellationToken stopping)
    {
        var buffer = new byte[FrameBytesMax];
        while (socket.State is WebSocketState.Open or WebSocketState.CloseSent)
        {
            ValueWebSocketReceiveResult result;
            try
            {
                result = await socket.ReceiveAsync(buffer.AsMemory(), stopping);
            }
            catch (WebSocketException)
            {
                return;
            }

            if (result.MessageType == WebSocketMessageType.Close)
            {
                if (socket.State == WebSocketState.CloseReceived)
                    await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, stopping);
                return;
            }

            var text = Encoding.UTF8.GetString(buffer, 0, result.Count);
            _received.Writer.TryWrite(text);
            if (text == "ping" && AnswerPings)
                await PushStatusAsync();
        }
    }

    // A WebSocket takes one sender at a time, and a push may meet the answer to a ping.
    private async Task SendAsync(WebSocket socket, string text)
    {
        await _sending.WaitAsync();
        try
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, default);
        }
        catch (Exception exception)
            when (exception is WebSocketException or ObjectDisposedException
                or InvalidOperationException or IOException)
        {
            // The socket closed under the push; the others still get it.
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task CloseAsync(WebSocket socket, int code)
    {
        await _sending.WaitAsync();
        try
        {
            await socket.CloseOutputAsync((WebSocketCloseStatus)code, "Closed by the fake worker", default);
        }
        catch (Exception exception)
            when (exception is WebSocketException or ObjectDisposedException
                or InvalidOperationException or IOException)
        {
            // It was closed already.
        }
        finally
        {
            _sending.Release();
        }
    }

    private static byte[] Handshake(string nonce, string? subProtocol)
    {
#pragma warning disable CA5350 // RFC 6455 section 4.2.2 asks for SHA-1 here; nothing is protected by it.
        var accept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(nonce + AcceptSalt)));
#pragma warning restore CA5350
        List<(string, string)> headers =
            [("upgrade", "websocket"), ("connection", "Upgrade"), ("sec-websocket-accept", accept)];
        if (subProtocol is not null)
            headers.Add(("sec-websocket-protocol", subProtocol));
        return FakeWorkerCall.Head(101, [.. headers]);
    }
}
