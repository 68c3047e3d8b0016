using System.Net.WebSockets;
using System.Text.Json;
using System.Threading.Channels;
using ActorBalancer.Protocol;

namespace ActorBalancer.HelloWorker;

/// <summary>Tells balancers over WebSockets how the worker is: as answer to <c>ping</c>, on each change, and once a
/// second. Thread-safe.</summary>
/// <remarks>Each socket has one sender and a signal that it owes a frame. Changes that come while a frame is on its way
/// become one frame with the newest state, so a slow balancer costs no memory.</remarks>
internal sealed class StatusFeed : IAsyncDisposable
{
    /// <summary>Close code for a wrong key. Source: the original worker.</summary>
    private const WebSocketCloseStatus WrongKey = (WebSocketCloseStatus)4001;

    /// <summary>Bytes read at a time; a balancer sends nothing longer than <c>ping</c>, and what is longer is passed
    /// over piece by piece.</summary>
    private const int FrameBytesMax = 1024;

    /// <summary>How long a stop waits for the other side's closing frame.</summary>
    private static readonly TimeSpan CloseWaitMax = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly WorkerState _state;
    private readonly KeyCheck _key;
    private readonly bool _echo;
    private readonly CancellationToken _stopping;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private readonly HashSet<Channel<bool>> _owed = [];

    public StatusFeed(WorkerState state, HelloWorkerOptions options, CancellationToken stopping)
    {
        _state = state;
        _key = new KeyCheck(options.LbAuthKey);
        _echo = options.EchoSubProtocol;
        _stopping = stopping;
        _state.Changed = OweAll;
        _timer = options.Time.CreateTimer(_ => OweAll(), null, Period, Period);
    }

    /// <summary>Serves one balancer until either side closes.</summary>
    public async Task ServeAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            return;
        }

        var offered = context.Request.Headers.SecWebSocketProtocol;
        var allowed = _key.Matches(offered);
        using var socket = await context.WebSockets.AcceptWebSocketAsync(
            new WebSocketAcceptContext { SubProtocol = allowed && _echo ? offered.ToString() : null });
        try
        {
            if (allowed)
                await ServeAsync(socket, context.RequestAborted);
            else
                await socket.CloseAsync(WrongKey, "Unauthorized", context.RequestAborted);
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or IOException)
        {
            // The balancer went away without a word; it comes back when it likes.
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private async Task ServeAsync(WebSocket socket, CancellationToken aborted)
    {
        // A receive that is cancelled breaks the socket, so a stop only does that when the balancer is slow to say bye.
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        await using var stop = _stopping.Register(() => ended.CancelAfter(CloseWaitMax));
        var owed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1)
        {
            FullMode = BoundedChannelFullMode.DropWrite,
            SingleReader = true,
        });
        lock (_lock)
            _owed.Add(owed);
        var sending = SendAsync(socket, owed.Reader, ended.Token);
        try
        {
            await ReceiveAsync(socket, owed.Writer, ended.Token);
        }
        finally
        {
            lock (_lock)
                _owed.Remove(owed);
            owed.Writer.Complete();
            await sending;
        }
    }

    private static async Task ReceiveAsync(WebSocket socket, ChannelWriter<bool> owed, CancellationToken ended)
    {
        var buffer = new byte[FrameBytesMax];
        while (true)
        {
            var frame = await socket.ReceiveAsync(buffer.AsMemory(), ended);
            if (frame.MessageType == WebSocketMessageType.Close)
                return;
            if (frame.EndOfMessage && buffer.AsSpan(0, frame.Count).SequenceEqual("ping"u8))
                owed.TryWrite(true);
        }
    }

    // The only sender of the socket once it serves; it also closes.
    private async Task SendAsync(WebSocket socket, ChannelReader<bool> owed, CancellationToken ended)
    {
        try
        {
            await foreach (var _ in owed.ReadAllAsync(_stopping))
            {
                var frame = JsonSerializer.SerializeToUtf8Bytes(_state.Frame(), ProtocolJson.Default.WorkerStatusFrame);
                await socket.SendAsync(frame, WebSocketMessageType.Text, endOfMessage: true, ended);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The worker stops and says so by the close code.
        }

        if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
        {
            var code = _stopping.IsCancellationRequested
                ? WebSocketCloseStatus.EndpointUnavailable
                : WebSocketCloseStatus.NormalClosure;
            await socket.CloseOutputAsync(code, null, ended);
        }
    }

    private void OweAll()
    {
        lock (_lock)
        {
            // TryWrite only sets a flag here: the readers run on other threads.
            foreach (var owed in _owed)
                owed.Writer.TryWrite(true);
        }
    }
}
