using System.Text;
using System.Threading.Channels;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Cluster;

/// <summary>The answer of a task that another node runs, as it comes.</summary>
internal sealed class IncomingStream : WorkerStream
{
    /// <summary>Bytes read before the runner is told that more may come.</summary>
    private const int CreditStep = StreamRelay.Window / 4;

    private readonly StreamRelay _relay;
    private readonly RelayOpening _opening;

    // Holds no more than the window: what comes beyond it breaks the stream.
    private readonly Channel<ReadOnlyMemory<byte>> _parts = Channel.CreateUnbounded<ReadOnlyMemory<byte>>(
        new UnboundedChannelOptions { SingleReader = true });
    private ReadOnlyMemory<byte> _part;
    private long _expected = 1; // only the thread that brings messages
    private long _received; // only that thread
    private long _consumed;
    private long _granted = StreamRelay.Window;
    private long _heardAt;
    private int _over;

    public IncomingStream(StreamRelay relay, StreamKey key, RelayOpening opening)
    {
        _relay = relay;
        _opening = opening;
        Key = key;
        _heardAt = relay.Time.GetTimestamp();
    }

    public StreamKey Key { get; }

    /// <inheritdoc/>
    public override int Status => _opening.Status;

    /// <inheritdoc/>
    public override string? ContentType => _opening.ContentType;

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            while (_part.IsEmpty)
            {
                if (!await _parts.Reader.WaitToReadAsync(cancellationToken))
                    return 0;
                _parts.Reader.TryRead(out _part);
            }
        }
        catch (OperationCanceledException exception)
        {
            Dispose();
            throw new IOException("the stream was left", exception);
        }

        var count = Math.Min(buffer.Length, _part.Length);
        _part[..count].CopyTo(buffer);
        _part = _part[count..];
        var consumed = Interlocked.Add(ref _consumed, count);
        if (consumed + StreamRelay.Window - Volatile.Read(ref _granted) >= CreditStep)
            Grant();
        return count;
    }

    /// <summary>Takes what the runner says. One call at a time.</summary>
    public void Take(in RelayMessage message)
    {
        Volatile.Write(ref _heardAt, _relay.Time.GetTimestamp());
        if (message.Kind == RelayKind.Abort)
        {
            Break(Encoding.UTF8.GetString(message.Payload.Span));
            return;
        }

        // The same message may come twice.
        if (message.Number < _expected)
            return;
        if (message.Kind == RelayKind.Beat && message.Number == _expected)
            return;
        if (message.Number > _expected)
        {
            Break("a part of the answer was lost between the nodes");
            Leave();
            return;
        }

        _expected++;
        if (message.Kind == RelayKind.End)
            End(null);
        else
            Add(message.Payload);
    }

    /// <summary>Says that this end lives, and looks whether the other one does.</summary>
    public void Beat()
    {
        if (_relay.Time.GetElapsedTime(Volatile.Read(ref _heardAt)) > _relay.SilenceMax)
        {
            Break("the node that runs the task is silent");
            Leave();
            return;
        }

        Grant();
    }

    /// <summary>Whoever reads sees a fault behind what has come.</summary>
    public void Break(string reason)
    {
        if (End(new IOException(reason)))
            _relay.LogBroken(Key, _opening.Node, reason);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (End(new IOException("the stream was left")))
            Leave();
    }

    private void Add(ReadOnlyMemory<byte> payload)
    {
        _received += payload.Length;
        if (_received - Volatile.Read(ref _consumed) > StreamRelay.Window)
        {
            Break("the node that runs the task sends more than it may");
            Leave();
            return;
        }

        _parts.Writer.TryWrite(payload);
    }

    private bool End(Exception? fault)
    {
        if (Interlocked.Exchange(ref _over, 1) != 0)
            return false;
        _parts.Writer.TryComplete(fault);
        _relay.Forget(this);
        return true;
    }

    private void Grant()
    {
        var granted = Volatile.Read(ref _consumed) + StreamRelay.Window;
        Volatile.Write(ref _granted, granted);
        _ = _relay.SendLightlyAsync(_opening.Node, RelayMessage.Make(RelayKind.Credit, Key, granted));
    }

    private void Leave() =>
        _ = _relay.SendLightlyAsync(_opening.Node, RelayMessage.Make(RelayKind.Leave, Key, 0));
}
