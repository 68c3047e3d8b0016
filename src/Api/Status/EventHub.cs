using System.Buffers;
using System.Text.Json;
using ActorBalancer.Api.Hosting;

namespace ActorBalancer.Api.Status;

/// <summary>
/// Sends what happens to all who look on. Each event is made once, while somebody wants it, and its bytes are shared by
/// all streams. Thread-safe.
/// </summary>
internal sealed partial class EventHub
{
    /// <summary>Streams that may be open at a time. Source: ours.</summary>
    public const int StreamsMax = 256;

    private readonly Lock _lock = new();
    private readonly TopicFeed[] _feeds;
    private readonly byte[]?[] _latest = new byte[EventTopics.Count][];
    private readonly ILogger _log;
    private volatile EventSubscriber[] _streams = [];

    /// <summary>Makes one; nobody looks on yet.</summary>
    /// <param name="feeds">The topics that are made at every tick.</param>
    /// <param name="log">Where it logs.</param>
    public EventHub(IEnumerable<TopicFeed> feeds, ILogger log)
    {
        _feeds = [.. feeds];
        _log = log;
    }

    /// <summary>Streams that are open.</summary>
    public int OpenCount => _streams.Length;

    /// <summary>Opens a stream; it gets the state of each topic that has one at once. Close it with
    /// <see cref="Close"/>.</summary>
    /// <returns>Null when too many are open.</returns>
    public EventSubscriber? TryOpen(int topics)
    {
        var stream = new EventSubscriber(topics);
        lock (_lock)
        {
            if (_streams.Length >= StreamsMax)
                return null;
            _streams = [.. _streams, stream];
            foreach (var feed in _feeds)
            {
                if (Wants(stream, feed.Topic) && _latest[(int)feed.Topic] is { } frame)
                    stream.Offer(feed.Topic, frame);
            }
        }

        foreach (var feed in _feeds)
        {
            if (Wants(stream, feed.Topic) && Volatile.Read(ref _latest[(int)feed.Topic]) is null)
                Begin(feed, isFirst: true);
        }

        return stream;
    }

    /// <summary>Closes a stream.</summary>
    public void Close(EventSubscriber stream)
    {
        lock (_lock)
        {
            _streams = Array.FindAll(_streams, one => one != stream);

            // Who comes next is not to get what is old by then.
            foreach (var feed in _feeds)
            {
                if (CountOf(feed.Topic) == 0)
                    _latest[(int)feed.Topic] = null;
            }
        }
    }

    /// <summary>A second has passed: begins to make the events that somebody wants.</summary>
    public void Tick()
    {
        if (_streams.Length == 0)
            return;
        foreach (var feed in _feeds)
        {
            if (CountOf(feed.Topic) > 0)
                Begin(feed, isFirst: false);
        }
    }

    /// <summary>Sends a point of the history.</summary>
    public void Send(HistoryPoint point)
    {
        if (CountOf(EventTopic.History) > 0)
            Offer(EventTopic.History, FrameOf(EventTopic.History, json => HistoryWriter.Write(json, point)));
    }

    /// <summary>Sends an alert.</summary>
    public void Send(AlertEntry alert)
    {
        if (CountOf(EventTopic.Alerts) == 0)
            return;
        var frame = FrameOf(EventTopic.Alerts, json => AlertBook.Write(json, alert));
        foreach (var stream in _streams)
        {
            if (Wants(stream, EventTopic.Alerts))
                stream.OfferAlert(frame);
        }
    }

    private void Begin(TopicFeed feed, bool isFirst)
    {
        if (feed.TryBegin(isFirst))
            _ = MakeAsync(feed);
    }

    private async Task MakeAsync(TopicFeed feed)
    {
        var (listeners, bytes) = (0, 0);
        try
        {
            var frame = await feed.BuildAsync(Volatile.Read(ref _latest[(int)feed.Topic]) is null);
            if (frame is null)
                return;
            bytes = frame.Length;

            // In one step, so that a stream that is opened meanwhile gets this event once at least.
            lock (_lock)
            {
                listeners = CountOf(feed.Topic);
                if (listeners > 0)
                    _latest[(int)feed.Topic] = frame;
                Offer(feed.Topic, frame);
            }
        }
        catch (Exception exception)
        {
            // The next tick tries again; a store that fails is told of elsewhere.
            LogFailed(_log, feed.Topic, exception.GetType().FullName, exception.Message);
        }
        finally
        {
            feed.End(listeners, bytes);
        }
    }

    private void Offer(EventTopic topic, byte[] frame)
    {
        foreach (var stream in _streams)
        {
            if (Wants(stream, topic))
                stream.Offer(topic, frame);
        }
    }

    private int CountOf(EventTopic topic)
    {
        var count = 0;
        foreach (var stream in _streams)
            count += Wants(stream, topic) ? 1 : 0;
        return count;
    }

    private static bool Wants(EventSubscriber stream, EventTopic topic) =>
        (stream.Topics & EventTopics.BitOf(topic)) != 0;

    private static byte[] FrameOf(EventTopic topic, Action<Utf8JsonWriter> write)
    {
        var body = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(body, EdgeErrors.JsonText))
            write(json);
        return TopicFeed.FrameOf(topic, body.WrittenSpan);
    }

    [LoggerMessage(1010, LogLevel.Debug, "No event of topic {Topic}: {ExceptionType}, {Message}")]
    private static partial void LogFailed(ILogger logger, EventTopic topic, string? exceptionType, string message);
}
