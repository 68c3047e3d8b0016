using System.Net.WebSockets;
using System.Text.Json;
using ActorBalancer.Actors;
using ActorBalancer.Protocol;

namespace ActorBalancer.Engine.Workers;

/// <summary>What a session's actor understands.</summary>
internal abstract record SessionMessage
{
    /// <summary>The worker answers again: connect without waiting for the back-off to end.</summary>
    public static readonly SessionMessage ReconnectNow = new Connect();
}

/// <summary>Time to open the socket.</summary>
internal sealed record Connect : SessionMessage;

/// <summary>The socket is open.</summary>
internal sealed record Connected(ClientWebSocket Socket) : SessionMessage;

/// <summary>The socket of that generation has ended, or could not be opened.</summary>
internal sealed record Disconnected(int Generation, string Reason) : SessionMessage;

/// <summary>Time for the next ping.</summary>
internal sealed record SendPing : SessionMessage;

/// <summary>No status frame followed a ping in time.</summary>
internal sealed record HeartbeatMissed : SessionMessage;

/// <summary>A frame was read from the socket of that generation.</summary>
internal sealed record FrameRead(int Generation, WorkerStatusFrame Frame) : SessionMessage;

/// <summary>
/// The WebSocket to one worker: opens it, pings, passes status frames to the worker's actor, and opens it again with a
/// growing wait when it is lost. Any status frame counts as the answer to a ping.
/// </summary>
internal sealed class SessionActor(
    EngineContext engine, WorkerTarget target, int port, ActorRef<WorkerMessage> worker) : Actor<SessionMessage>
{
    private const string ConnectTimer = "connect";
    private const string PingTimer = "ping";
    private const string HeartbeatTimer = "heartbeat";

    /// <summary>Largest frame. Source: ours; a status is a few hundred bytes.</summary>
    private const int FrameBytesMax = 1024 * 1024;

    /// <summary>Close code of an Andera worker that refuses the key.</summary>
    private const int WrongKeyCode = 4001;

    /// <summary>Rest before the first ping. A worker that refuses the key closes at once with a code that says so; a
    /// ping on its way could reset the connection before the code is read.</summary>
    private static readonly TimeSpan FirstPingRest = TimeSpan.FromMilliseconds(25);

    private static readonly byte[] PingFrame = "ping"u8.ToArray();

    /// <summary>Wait before the first reconnect. Source: the original waits 2 s each time.</summary>
    private static readonly TimeSpan ReconnectFirst = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan ReconnectMax = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _stopped = new();
    private ClientWebSocket? _socket;
    private bool _connecting;
    private int _generation;
    private int _failures;

    protected override ValueTask PreStartAsync()
    {
        Open();
        return ValueTask.CompletedTask;
    }

    protected override ValueTask OnReceiveAsync(SessionMessage message)
    {
        switch (message)
        {
            case Connect when _socket is null && !_connecting:
                Open();
                break;
            case Connected connected:
                OnConnected(connected.Socket);
                break;
            case FrameRead read when read.Generation == _generation:
                _failures = 0;
                Context.Timers.Cancel(HeartbeatTimer);
                worker.Tell(new SessionFrame(read.Frame));
                break;
            case Disconnected disconnected when disconnected.Generation == _generation:
                OnLost(disconnected.Reason);
                break;
            case SendPing:
                Ping();
                break;
            case HeartbeatMissed:
                OnLost($"no status within {engine.Options.HeartbeatTimeout.TotalMilliseconds:0} ms after a ping");
                break;
        }

        return ValueTask.CompletedTask;
    }

    protected override ValueTask PostStopAsync()
    {
        _stopped.Cancel();
        CloseSocket();
        _stopped.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Open()
    {
        if (!target.IsOwned)
            return;
        _connecting = true;
        var generation = ++_generation;
        Context.Timers.Cancel(ConnectTimer);
        Context.PipeToSelf<ClientWebSocket>(
            OpenAsync(_stopped.Token),
            socket => new Connected(socket),
            exception => new Disconnected(generation, exception.Message));
    }

    private async Task<ClientWebSocket> OpenAsync(CancellationToken stopped)
    {
        var socket = new ClientWebSocket();
        try
        {
            socket.Options.KeepAliveInterval = Timeout.InfiniteTimeSpan;
            AddKey(socket.Options, engine.Options.BalancerKey);
            var secure = string.Equals(target.HealthUri.Scheme, "https", StringComparison.Ordinal);
            var uri = new UriBuilder(secure ? "wss" : "ws", target.HealthUri.Host, port, "/").Uri;
            using var timeout = new CancellationTokenSource(engine.Options.DiscoveryTimeout, engine.Clock.Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stopped);
            await socket.ConnectAsync(uri, engine.Transport.Invoker, either.Token);
            return socket;
        }
        catch (Exception exception)
        {
            socket.Dispose();
            throw new WorkerFaultException($"port {port} cannot be opened: {exception.GetBaseException().Message}");
        }
    }

    // The key travels as a sub-protocol. One that is no token (RFC 9110, section 5.6.2) can only be sent as a header.
    private static void AddKey(ClientWebSocketOptions options, string key)
    {
        try
        {
            options.AddSubProtocol(key);
        }
        catch (ArgumentException)
        {
            options.SetRequestHeader("Sec-WebSocket-Protocol", key);
        }
    }

    private void OnConnected(ClientWebSocket socket)
    {
        _connecting = false;
        _socket = socket;
        _ = ReceiveAsync(socket, _generation, Context.Self, _stopped.Token);
        Context.Timers.StartSingle(PingTimer, new SendPing(), FirstPingRest);
    }

    private void Ping()
    {
        if (_socket is not { } socket || !target.IsOwned)
            return;
        Context.Timers.StartSingle(PingTimer, new SendPing(), engine.Options.HeartbeatInterval);
        if (!Context.Timers.IsActive(HeartbeatTimer))
            Context.Timers.StartSingle(HeartbeatTimer, new HeartbeatMissed(), engine.Options.HeartbeatTimeout);
        _ = SendAsync(socket, _stopped.Token);
    }

    private static async Task SendAsync(ClientWebSocket socket, CancellationToken stopped)
    {
        try
        {
            await socket.SendAsync(PingFrame, WebSocketMessageType.Text, endOfMessage: true, stopped);
        }
        catch (Exception exception) when (exception is WebSocketException or ObjectDisposedException
            or OperationCanceledException or InvalidOperationException)
        {
            // The receiving side sees the same end and knows more of it.
        }
    }

    private static async Task ReceiveAsync(
        ClientWebSocket socket, int generation, ActorRef<SessionMessage> self, CancellationToken stopped)
    {
        var buffer = new byte[4096];
        var reason = "the worker closed the session";
        try
        {
            while (true)
            {
                var length = 0;
                ValueWebSocketReceiveResult received;
                do
                {
                    if (length == buffer.Length)
                        Array.Resize(ref buffer, buffer.Length * 2);
                    received = await socket.ReceiveAsync(buffer.AsMemory(length), stopped);
                    length += received.Count;
                }
                while (!received.EndOfMessage && length <= FrameBytesMax);

                if (received.MessageType == WebSocketMessageType.Close)
                {
                    reason = (int?)socket.CloseStatus == WrongKeyCode
                        ? "the worker refuses the key: LB_AUTH_KEY must be the same on both sides"
                        : $"the worker closed the session ({(int?)socket.CloseStatus})";
                    break;
                }

                if (length > FrameBytesMax)
                {
                    reason = $"a frame is over {FrameBytesMax} bytes";
                    break;
                }

                if (ReadFrame(buffer.AsSpan(0, length)) is { } frame)
                    self.Tell(new FrameRead(generation, frame));
            }
        }
        catch (Exception exception) when (exception is WebSocketException or ObjectDisposedException
            or OperationCanceledException or InvalidOperationException or IOException)
        {
            reason = exception.Message;
        }

        self.Tell(new Disconnected(generation, reason));
    }

    // A frame that is no status (a pong in text, something of a newer version) is passed over.
    private static WorkerStatusFrame? ReadFrame(ReadOnlySpan<byte> text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, ProtocolJson.Default.WorkerStatusFrame);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void OnLost(string reason)
    {
        _connecting = false;
        _generation++;
        CloseSocket();
        Context.Timers.Cancel(PingTimer);
        Context.Timers.Cancel(HeartbeatTimer);
        _failures++;
        Context.Timers.StartSingle(
            ConnectTimer, new Connect(), engine.Jitter.Half(ReconnectFirst, ReconnectMax, _failures));
        worker.Tell(new SessionDown(reason));
    }

    // Aborts: a worker that hangs would not answer a closing handshake.
    private void CloseSocket()
    {
        _socket?.Abort();
        _socket?.Dispose();
        _socket = null;
    }
}
