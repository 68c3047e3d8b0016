using ActorBalancer.Engine.Proxying.Options;

namespace ActorBalancer.Api.Proxying.Tunnels;

/// <summary>
/// Two open connections and what passes between them, until both are to end. Used once.
/// <list type="bullet">
/// <item>Goodbyes of the peers: once a Close frame went one way, the other way has <see cref="ReplyTime"/> for its own;
/// when both have passed, the connections end.</item>
/// <item>A stream that ends without one: the other direction has <see cref="CloseTime"/> to finish.</item>
/// <item>An order (1001), a client's fault (1002, 1009; the backend gets 1001) or a backend's (1002; the client gets
/// 1011): both sides get a Close frame at the next border and have <see cref="CloseTime"/> for it and for their
/// own.</item>
/// <item>A failure ends both at once.</item>
/// </list>
/// </summary>
internal sealed class TunnelRun : IDisposable
{
    /// <summary>Time for the border of a frame, for the Close frame, and for the peer's. Source: ours.</summary>
    public static readonly TimeSpan CloseTime = TimeSpan.FromSeconds(1);

    /// <summary>Time for the answer to a peer's Close frame, before which it may send what it has begun. Source: ours;
    /// clients wait 5 to 30 s.</summary>
    public static readonly TimeSpan ReplyTime = TimeSpan.FromSeconds(10);

    private readonly TaskCompletionSource _goodbye = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _end = new();
    private readonly Stream _backend;
    private readonly TimeProvider _time;
    private readonly IdleWatch _idle;
    private readonly TunnelDirection _toBackend;
    private readonly TunnelDirection _toClient;
    private Task _closing = Task.CompletedTask;

    /// <summary>Prepares it.</summary>
    /// <param name="client">The client's side; not disposed.</param>
    /// <param name="backend">The backend's side; disposed at the end, which ends its reads and writes.</param>
    /// <param name="idleMax">See <see cref="TimeoutOptions.Tunnel"/>.</param>
    /// <param name="messageMax">See <see cref="LimitOptions.WebSocketMessageMax"/>.</param>
    /// <param name="time">The clock.</param>
    public TunnelRun(Stream client, Stream backend, TimeSpan idleMax, long messageMax, TimeProvider time)
    {
        _backend = backend;
        _time = time;
        _idle = new IdleWatch(time, idleMax, SayGoodbye);
        _toBackend = new TunnelDirection(client, backend, new FrameFollower(true, messageMax), true, _idle);
        _toClient = new TunnelDirection(backend, client, new FrameFollower(false, 0), false, _idle);
    }

    /// <summary>Bytes passed to the backend.</summary>
    public long InCount => _toBackend.PassedCount;

    /// <summary>Bytes passed to the client.</summary>
    public long OutCount => _toClient.PassedCount;

    /// <summary>Orders the end, with 1001 to both sides.</summary>
    public void SayGoodbye() => _goodbye.TrySetResult();

    /// <summary>Passes bytes on until the end. Throws nothing for what peers do.</summary>
    /// <returns>False when the client did not take what was written to it: its connection must be cut.</returns>
    public async Task<bool> RunAsync()
    {
        var toBackend = _toBackend.PumpAsync(_end.Token);
        var toClient = _toClient.PumpAsync(_end.Token);
        await Task.WhenAny(_goodbye.Task, toBackend, toClient);
        await FinishAsync(toBackend, toClient);
        var isTaken = !_toClient.IsWriting;
        await _end.CancelAsync();
        await _backend.DisposeAsync();

        // Nothing may touch the client's side once this has returned.
        await Task.WhenAll(toBackend, toClient, _closing);
        return isTaken;
    }

    /// <summary>Ends the watch over idle time.</summary>
    public void Dispose()
    {
        _idle.Dispose();
        _end.Dispose();
    }

    private async Task FinishAsync(Task<TunnelEnd> toBackend, Task<TunnelEnd> toClient)
    {
        // A client's fault counts before all: it is the reason that the client is to learn.
        if (EndOf(toBackend) is TunnelEnd.Faulty or TunnelEnd.TooBig)
        {
            var code = EndOf(toBackend) == TunnelEnd.TooBig ? CloseFrame.TooBig : CloseFrame.ProtocolError;
            await CloseAsync(code, CloseFrame.GoingAway, _toBackend.DropAsync(_end.Token), toClient);
        }
        else if (EndOf(toClient) is TunnelEnd.Faulty or TunnelEnd.TooBig)
        {
            await CloseAsync(CloseFrame.InternalError, CloseFrame.ProtocolError, toBackend);
        }
        else if (EndOf(toBackend) is TunnelEnd.Broken || EndOf(toClient) is TunnelEnd.Broken)
        {
            return;
        }
        else if (toBackend.IsCompleted || toClient.IsCompleted)
        {
            var (first, other) = toBackend.IsCompleted ? (toBackend, toClient) : (toClient, toBackend);
            if (EndOf(first) != TunnelEnd.Closed)
                await WaitAsync(CloseTime, other);
            else
                await WaitAsync(ReplyTime, Task.WhenAny(other, _goodbye.Task));
            if (!other.IsCompleted && _goodbye.Task.IsCompleted)
                await CloseAsync(CloseFrame.GoingAway, CloseFrame.GoingAway, other);
        }
        else
        {
            await CloseAsync(CloseFrame.GoingAway, CloseFrame.GoingAway, toBackend, toClient);
        }
    }

    private static TunnelEnd? EndOf(Task<TunnelEnd> pump) => pump.IsCompletedSuccessfully ? pump.Result : null;

    private Task CloseAsync(ushort toClient, ushort toBackend, params ReadOnlySpan<Task> ends)
    {
        _closing = Task.WhenAll(
            [_toClient.CloseAsync(toClient, _end.Token), _toBackend.CloseAsync(toBackend, _end.Token), .. ends]);
        return WaitAsync(CloseTime, _closing);
    }

    private async Task WaitAsync(TimeSpan waitMax, Task task)
    {
        try
        {
            await task.WaitAsync(waitMax, _time);
        }
        catch (TimeoutException)
        {
            // Whoever is slower than that is cut off.
        }
    }
}
