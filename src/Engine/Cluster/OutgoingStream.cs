using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Cluster;

/// <summary>An answer on its way to another node: reads the worker's stream as far as the reader allows.</summary>
internal sealed class OutgoingStream
{
    private readonly StreamRelay _relay;
    private readonly string _node;
    private readonly TaskOutcome _outcome;
    private readonly CancellationTokenSource _stopped = new();
    private readonly SemaphoreSlim _credit = new(0);

    // Numbers a message and hands it to the store in one step, so that their order is that of their numbers.
    private readonly Lock _sending = new();
    private long _next; // guarded by _sending
    private bool _ended; // guarded by _sending
    private long _allowed = StreamRelay.Window;
    private long _heardAt;
    private volatile string? _reason;

    public OutgoingStream(StreamRelay relay, string node, StreamKey key, TaskOutcome outcome)
    {
        _relay = relay;
        _node = node;
        _outcome = outcome;
        Key = key;
        _heardAt = relay.Time.GetTimestamp();
    }

    public StreamKey Key { get; }

    /// <summary>Carries the whole answer.</summary>
    public async Task RunAsync()
    {
        await Task.Yield();
        try
        {
            await CarryAsync(_outcome.Stream!);
        }
        catch (Exception exception) when (exception is IOException or TaskStoreException
            or OperationCanceledException or ObjectDisposedException)
        {
            var reason = _reason ?? exception.Message;
            _relay.LogBroken(Key, _node, reason);
            await SendAbortAsync(reason);
        }
        finally
        {
            _relay.Forget(this);
            _outcome.Dispose();
        }
    }

    /// <summary>Takes what the reader says.</summary>
    public void Take(RelayKind kind, long number)
    {
        if (kind == RelayKind.Leave)
        {
            Stop("the client left the stream");
            return;
        }

        Volatile.Write(ref _heardAt, _relay.Time.GetTimestamp());

        // Only one thread brings messages, so nobody lowers it meanwhile.
        if (number <= Volatile.Read(ref _allowed))
            return;
        Volatile.Write(ref _allowed, number);
        _credit.Release();
    }

    /// <summary>Ends the stream before its end.</summary>
    public void Stop(string reason)
    {
        _reason ??= reason;
        _stopped.Cancel();
    }

    /// <summary>Says that this end lives, and looks whether the other one does.</summary>
    public void Beat()
    {
        if (_relay.Time.GetElapsedTime(Volatile.Read(ref _heardAt)) > _relay.SilenceMax)
        {
            Stop("the client's node is silent");
            return;
        }

        lock (_sending)
        {
            if (!_ended && _next > 0)
                _ = _relay.SendLightlyAsync(_node, RelayMessage.Make(RelayKind.Beat, Key, _next));
        }
    }

    private async Task CarryAsync(WorkerStream stream)
    {
        var opening = new RelayOpening(_relay.Node, stream.Status, _outcome.Attempts, stream.ContentType);
        var open = RelayMessage.Make(RelayKind.Open, Key, 0, RelayMessage.MakeOpening(opening));
        await SendAsync(RelayKind.Open, open);
        var message = new byte[RelayMessage.HeadBytes + StreamRelay.PartMax];
        var sent = 0L;
        while (true)
        {
            while (sent >= Volatile.Read(ref _allowed))
                await _credit.WaitAsync(_stopped.Token);
            var room = (int)Math.Min(StreamRelay.PartMax, Volatile.Read(ref _allowed) - sent);
            var read = await stream.ReadAsync(message.AsMemory(RelayMessage.HeadBytes, room), _stopped.Token);
            if (read == 0)
                break;
            await SendAsync(RelayKind.Part, message.AsMemory(0, RelayMessage.HeadBytes + read));
            sent += read;
        }

        await SendAsync(RelayKind.End, message.AsMemory(0, RelayMessage.HeadBytes));
    }

    private ValueTask SendAsync(RelayKind kind, Memory<byte> message)
    {
        lock (_sending)
        {
            RelayMessage.WriteHead(message.Span, kind, Key, _next++);
            _ended = kind == RelayKind.End;
            return _relay.SendAsync(_node, message);
        }
    }

    private Task SendAbortAsync(string reason)
    {
        lock (_sending)
        {
            _ended = true;
            return _relay.SendLightlyAsync(
                _node, RelayMessage.Make(RelayKind.Abort, Key, _next, System.Text.Encoding.UTF8.GetBytes(reason)));
        }
    }
}
