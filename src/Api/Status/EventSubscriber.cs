using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace ActorBalancer.Api.Status;

/// <summary>
/// One open stream of events. It holds at most the newest event of each topic, and some alerts: one that reads slowly
/// skips what it was too late for. Offered to from any thread, read by one.
/// </summary>
internal sealed class EventSubscriber
{
    /// <summary>Alerts that wait; more are dropped, <c>GET /alerts</c> has them. Source: ours.</summary>
    private const int AlertsMax = 32;

    private readonly byte[]?[] _newest = new byte[EventTopics.Count][];
    private readonly Channel<Waiting> _channel = Channel.CreateBounded<Waiting>(
        new BoundedChannelOptions(EventTopics.Count + AlertsMax)
        {
            FullMode = BoundedChannelFullMode.Wait,
            SingleReader = true,
        });

    private int _alerts;

    /// <summary>A stream.</summary>
    /// <param name="topics">Bits of the topics that it wants.</param>
    public EventSubscriber(int topics) => Topics = topics;

    /// <summary>Bits of the topics that it wants.</summary>
    public int Topics { get; }

    /// <summary>What waits to be sent.</summary>
    public ChannelReader<Waiting> Reader => _channel.Reader;

    /// <summary>Gives it the newest event of a topic in the place of one that still waits.</summary>
    /// <param name="topic">Any but <see cref="EventTopic.Alerts"/>.</param>
    /// <param name="frame">The event, whole; shared by all streams.</param>
    public void Offer(EventTopic topic, byte[] frame)
    {
        if (Interlocked.Exchange(ref _newest[(int)topic], frame) is null)
            _channel.Writer.TryWrite(new Waiting(topic, null));
    }

    /// <summary>Gives it an alert.</summary>
    public void OfferAlert(byte[] frame)
    {
        if (Interlocked.Increment(ref _alerts) > AlertsMax || !_channel.Writer.TryWrite(new(EventTopic.Alerts, frame)))
            Interlocked.Decrement(ref _alerts);
    }

    /// <summary>Takes the bytes of something that waited.</summary>
    public ReadOnlySpan<byte> Take(Waiting waiting)
    {
        if (waiting.Alert is null)
            return Interlocked.Exchange(ref _newest[(int)waiting.Topic], null);
        Interlocked.Decrement(ref _alerts);
        return waiting.Alert;
    }

    /// <summary>Something that waits.</summary>
    /// <param name="Topic">What it is about.</param>
    /// <param name="Alert">The alert; null: the newest event of the topic is meant.</param>
    [StructLayout(LayoutKind.Auto)]
    internal readonly record struct Waiting(EventTopic Topic, byte[]? Alert);
}
