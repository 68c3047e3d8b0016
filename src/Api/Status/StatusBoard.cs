using System.Text.Json;
using ActorBalancer.Api.Queues;

namespace ActorBalancer.Api.Status;

/// <summary>Everything that is told of how the balancer stands: samples, history, alerts, streams. Thread-safe; started
/// and disposed by one owner.</summary>
internal sealed class StatusBoard : IDisposable
{
    /// <summary>How old the counts of queues may be that are shown. Source: the contract of once a second.</summary>
    private static readonly TimeSpan Fresh = StatusSampler.Period - TimeSpan.FromMilliseconds(100);

    /// <summary>Longest wait for a fresh count; then the last one is shown. Source: ours.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly QueueWatch _queues;
    private readonly StatusSampler _sampler;
    private readonly StatusWriter _writer;
    private readonly AlertBook _alerts;

    /// <summary>Makes one; it takes samples once it is started.</summary>
    /// <param name="source">Where the figures come from.</param>
    /// <param name="node">This node.</param>
    /// <param name="alerts">The alerts; disposed with it.</param>
    /// <param name="feeds">Writers of further topics: workers, proxy, nodes.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Where it logs.</param>
    public StatusBoard(
        StatusSource source,
        StatusNode node,
        AlertBook alerts,
        IReadOnlyDictionary<EventTopic, Func<Utf8JsonWriter, ValueTask>> feeds,
        TimeProvider time,
        ILogger log)
    {
        Time = time;
        _alerts = alerts;
        _queues = new QueueWatch(source.Balancer, time);
        _sampler = new StatusSampler(source, _queues, time);
        Hub = new EventHub(
            [
                new TopicFeed(EventTopic.Status, FeedStatusAsync, time),
                new TopicFeed(EventTopic.Queues, FeedQueuesAsync, time),
                .. feeds.Select(feed => new TopicFeed(feed.Key, feed.Value, time)),
            ],
            log);
        _writer = new StatusWriter(source, node, _sampler, () => Hub.OpenCount);
        _sampler.Sampled = OnSampled;
        alerts.Raised = Hub.Send;
    }

    /// <summary>Who sends events.</summary>
    public EventHub Hub { get; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>Begins to take samples.</summary>
    public void Start() => _sampler.Start();

    /// <summary>Counts the queues, unless that was done a moment ago.</summary>
    public async Task FreshenAsync()
    {
        try
        {
            await _queues.RefreshAsync(Fresh).WaitAsync(Patience, Time);
        }
        catch (TimeoutException)
        {
            // The store stalls; the last count is shown.
        }
    }

    /// <summary>Writes <c>GET /status</c>.</summary>
    public void WriteStatus(Utf8JsonWriter json) => _writer.Write(json);

    /// <summary>Writes <c>GET /status/history</c>.</summary>
    public void WriteHistory(Utf8JsonWriter json) => HistoryWriter.Write(json, _sampler.Points);

    /// <summary>Writes <c>GET /alerts</c>.</summary>
    public void WriteAlerts(Utf8JsonWriter json) => _alerts.Write(json);

    /// <summary>Takes no more samples and hears of no more alerts.</summary>
    public void Dispose()
    {
        _sampler.Dispose();
        _alerts.Dispose();
    }

    private void OnSampled(HistoryPoint? point)
    {
        if (point is not null)
            Hub.Send(point);
        Hub.Tick();
    }

    private async ValueTask FeedStatusAsync(Utf8JsonWriter json)
    {
        await FreshenAsync();
        WriteStatus(json);
    }

    private async ValueTask FeedQueuesAsync(Utf8JsonWriter json)
    {
        await FreshenAsync();
        QueueListEndpoint.Write(json, _queues.Queues);
    }
}
