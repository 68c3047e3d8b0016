using System.Buffers;
using System.Text.Json;
using ActorBalancer.Api.Hosting;

namespace ActorBalancer.Api.Status;

/// <summary>
/// Makes the events of one topic: at most one a second, only when the body has changed, and the slower the more it
/// costs. One build at a time.
/// </summary>
/// <param name="topic">The topic.</param>
/// <param name="write">Writes the body; may ask others first.</param>
/// <param name="time">The clock.</param>
internal sealed class TopicFeed(EventTopic topic, Func<Utf8JsonWriter, ValueTask> write, TimeProvider time)
{
    /// <summary>Making a topic's events takes at most one part in so many of the time. Source: ours.</summary>
    private const int TimeShare = 20;

    /// <summary>Most bytes a second of one topic to all streams together. Source: ours; a thousand queues to twenty
    /// streams go once a second.</summary>
    private const double BytesPerSecondMax = 8 * 1024 * 1024;

    /// <summary>A buffer that has grown beyond this is not kept. Source: ours.</summary>
    private const int BufferMax = 1024 * 1024;

    // A tick of the timer that comes a little early counts.
    private static readonly TimeSpan Early = StatusSampler.Period / 10;

    private ArrayBufferWriter<byte> _body = new(1024);
    private ArrayBufferWriter<byte> _sent = new(1024);
    private long _builtAt;
    private TimeSpan _cost;
    private TimeSpan _rest;
    private int _building;
    private bool _hasBuilt;
    private bool _hasSent;

    /// <summary>The topic.</summary>
    public EventTopic Topic => topic;

    /// <summary>Begins a build, unless one runs or it is too early for the next.</summary>
    /// <param name="isFirst">True for the first event of a listener, which does not wait for its time.</param>
    public bool TryBegin(bool isFirst) =>
        (isFirst || !_hasBuilt || time.GetElapsedTime(_builtAt) + Early >= _rest)
        && Interlocked.Exchange(ref _building, 1) == 0;

    /// <summary>Ends what was begun.</summary>
    /// <param name="listeners">How many streams were sent the event; 0 when there was none.</param>
    /// <param name="bytes">Its length.</param>
    public void End(int listeners, int bytes)
    {
        _rest = TimeSpan.FromTicks(Math.Max(
            Math.Max(StatusSampler.Period.Ticks, _cost.Ticks * (TimeShare - 1)),
            (long)(listeners * (bytes / BytesPerSecondMax) * TimeSpan.TicksPerSecond)));
        Volatile.Write(ref _building, 0);
    }

    /// <summary>Makes the event; only between <see cref="TryBegin"/> and <see cref="End"/>.</summary>
    /// <param name="isForced">True makes one although nothing has changed.</param>
    /// <returns>The event; null when the body is the same as before.</returns>
    public async ValueTask<byte[]?> BuildAsync(bool isForced)
    {
        _builtAt = time.GetTimestamp();
        _hasBuilt = true;
        try
        {
            _body.ResetWrittenCount();
            await using (var json = new Utf8JsonWriter(_body, EdgeErrors.JsonText))
                await write(json);
            if (!isForced && _hasSent && _body.WrittenSpan.SequenceEqual(_sent.WrittenSpan))
                return null;
            var frame = FrameOf(topic, _body.WrittenSpan);
            (_body, _sent) = (_sent, _body);
            if (_body.Capacity > BufferMax)
                _body = new ArrayBufferWriter<byte>(1024);
            _hasSent = true;
            return frame;
        }
        finally
        {
            _cost = time.GetElapsedTime(_builtAt);
        }
    }

    /// <summary>An event of a topic as it is sent.</summary>
    public static byte[] FrameOf(EventTopic topic, ReadOnlySpan<byte> body)
    {
        var frame = new ArrayBufferWriter<byte>(body.Length + 64);
        ServerSentEvents.Write(frame, null, EventTopics.EventNameOf(topic), body);
        return frame.WrittenSpan.ToArray();
    }
}
