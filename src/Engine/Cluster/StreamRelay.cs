using System.Collections.Concurrent;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;
using Microsoft.Extensions.Logging;

namespace ActorBalancer.Engine.Cluster;

/// <summary>
/// Carries the answers of stream tasks from the node that runs them to the node whose client reads them, over the
/// messages of the shared store. Thread-safe.
/// </summary>
/// <remarks>
/// R1: a reader sees a clean end only when it has every byte; a lost message, a silent node or a broken worker is a
/// fault of the stream, which breaks the client's connection.
/// R2: at most <see cref="Window"/> bytes are on the way or unread: a slow client slows the worker.
/// R3: either end that is gone is noticed by its silence, and the other end lets the stream go.
/// </remarks>
internal sealed class StreamRelay : IDisposable
{
    /// <summary>Bytes that may be on the way or unread. Source: ours; eight parts, which fill 20 MB a second over a
    /// round trip of 12 ms.</summary>
    public const int Window = 256 * 1024;

    /// <summary>Most bytes of one part.</summary>
    public const int PartMax = 32 * 1024;

    /// <summary>Signs of life within the longest silence: one or two may be lost.</summary>
    private const int BeatsInSilence = 4;

    private readonly ConcurrentDictionary<StreamKey, OutgoingStream> _outgoing = new();
    private readonly ConcurrentDictionary<StreamKey, IncomingStream> _incoming = new();
    private readonly ISharedTaskStore _store;
    private readonly CallerTable _callers;
    private readonly ILogger _logger;
    private readonly ITimer _beats;
    private volatile bool _disposed;

    /// <summary>Makes a relay.</summary>
    /// <param name="store">Carries the messages.</param>
    /// <param name="callers">Who waits at this node.</param>
    /// <param name="time">Measures silence.</param>
    /// <param name="silenceMax">How long an end may be silent before it counts as gone.</param>
    /// <param name="logger">Learns of streams that broke.</param>
    public StreamRelay(
        ISharedTaskStore store, CallerTable callers, TimeProvider time, TimeSpan silenceMax, ILogger logger)
    {
        _store = store;
        _callers = callers;
        _logger = logger;
        Time = time;
        SilenceMax = silenceMax;
        var interval = silenceMax / BeatsInSilence;
        _beats = time.CreateTimer(static relay => ((StreamRelay)relay!).Beat(), this, interval, interval);
    }

    public TimeProvider Time { get; }

    public TimeSpan SilenceMax { get; }

    /// <summary>Name of this node.</summary>
    public string Node => _store.Node;

    /// <summary>Streams that this node sends or reads.</summary>
    public int Count => _outgoing.Count + _incoming.Count;

    /// <summary>True when no client of this node reads a stream of another.</summary>
    public bool IsIdle => _incoming.IsEmpty;

    /// <summary>Carries an answer to a caller of another node, and takes it over.</summary>
    public void Send(string node, long token, TaskOutcome outcome)
    {
        var sending = new OutgoingStream(this, node, new StreamKey(outcome.TaskId, token), outcome);
        if (_disposed || !_outgoing.TryAdd(sending.Key, sending))
        {
            outcome.Dispose();
            return;
        }

        _ = sending.RunAsync();
    }

    /// <summary>Takes a message of another node. One call at a time; never waits.</summary>
    public void Receive(ReadOnlyMemory<byte> bytes)
    {
        if (!RelayMessage.TryRead(bytes, out var message))
        {
            ClusterQueueLog.MessageDropped(_logger, "it is not of a version that this node knows");
            return;
        }

        switch (message.Kind)
        {
            case RelayKind.Open:
                Open(message);
                break;
            case RelayKind.Credit or RelayKind.Leave:
                if (_outgoing.TryGetValue(message.Key, out var sending))
                    sending.Take(message.Kind, message.Number);
                break;
            default:
                if (_incoming.TryGetValue(message.Key, out var reading))
                    reading.Take(message);
                break;
        }
    }

    /// <summary>Breaks all streams.</summary>
    public void Dispose()
    {
        _disposed = true;
        _beats.Dispose();
        foreach (var sending in _outgoing.Values)
            sending.Stop("the node stops");
        foreach (var reading in _incoming.Values)
            reading.Break("the node stops");
    }

    /// <summary>Sends, and fails with <see cref="TaskStoreException"/> as the store does.</summary>
    public ValueTask SendAsync(string node, ReadOnlyMemory<byte> message) => _store.SendAsync(node, message);

    /// <summary>Sends what is sent again, or is missed by nobody for long.</summary>
    public async Task SendLightlyAsync(string node, ReadOnlyMemory<byte> message)
    {
        try
        {
            await _store.SendAsync(node, message);
        }
        catch (TaskStoreException)
        {
            // The other end judges by the silence.
        }
    }

    /// <summary>A stream has ended.</summary>
    public void Forget(OutgoingStream stream) => _outgoing.TryRemove(new(stream.Key, stream));

    /// <summary>A stream has ended.</summary>
    public void Forget(IncomingStream stream) => _incoming.TryRemove(new(stream.Key, stream));

    /// <summary>Logs that a stream ended before its time.</summary>
    public void LogBroken(StreamKey key, string node, string reason) =>
        ClusterQueueLog.StreamBroken(_logger, key.Task, node, reason);

    private void Open(in RelayMessage message)
    {
        if (RelayMessage.ReadOpening(message.Payload.Span) is not { } opening)
        {
            ClusterQueueLog.MessageDropped(_logger, "it opens a stream, but does not say how");
            return;
        }

        var stream = new IncomingStream(this, message.Key, opening);
        if (_disposed || !_incoming.TryAdd(message.Key, stream))
            return;
        var outcome = new TaskOutcome
        {
            Kind = TaskOutcomeKind.Streaming,
            WorkerStatus = opening.Status,
            Stream = stream,
            Attempts = opening.Attempts,
            TaskId = message.Key.Task,
        };

        // When nobody waits any more it is disposed, which tells the runner.
        if (_callers.Complete(message.Key.Task, outcome))
            stream.Beat();
    }

    private void Beat()
    {
        foreach (var sending in _outgoing.Values)
            sending.Beat();
        foreach (var reading in _incoming.Values)
            reading.Beat();
    }
}
