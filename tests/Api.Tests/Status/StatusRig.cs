using System.Text.Json;
using ActorBalancer.Actors;
using ActorBalancer.Api.Status;
using ActorBalancer.Api.Tests.Hosting;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Telemetry;
using ActorBalancer.Testing;

namespace ActorBalancer.Api.Tests.Status;

/// <summary>A board over figures that the test sets and a clock that it moves.</summary>
internal sealed class StatusRig : IDisposable
{
    private readonly Dictionary<EventTopic, Func<Utf8JsonWriter, ValueTask>> _feeds = [];
    private StatusBoard? _board;

    public ManualTimeProvider Time { get; } = new();

    public ScriptedBalancer Balancer { get; } = new();

    public EventStream Events { get; } = new();

    public CollectedLog Log { get; } = new();

    public EngineFigures Figures { get; set; } = EngineFigures.None;

    public ProxyTotals Proxy { get; set; }

    public ProcessUse Process { get; set; }

    /// <summary>How often the proxy's sums were read.</summary>
    public int Reads { get; private set; }

    public StatusBoard Board => _board ??= new StatusBoard(
        new StatusSource
        {
            Balancer = Balancer,
            Figures = () => Figures,
            Proxy = () =>
            {
                Reads++;
                return Proxy;
            },
            Process = () => Process,
            Nodes = static () => 3,
        },
        new StatusNode("a", "both"),
        new AlertBook(Events, Time),
        _feeds,
        Time,
        Log.CreateLogger("test"));

    /// <summary>Adds a topic; before the board is used.</summary>
    public void Feed(EventTopic topic, Func<Utf8JsonWriter, ValueTask> write) => _feeds[topic] = write;

    /// <summary>Lets so many seconds pass, one by one.</summary>
    public void Pass(int seconds)
    {
        for (var second = 0; second < seconds; second++)
            Time.Advance(TimeSpan.FromSeconds(1));
    }

    public async Task<JsonElement> StatusAsync()
    {
        await Board.FreshenAsync();
        return Read(Board.WriteStatus);
    }

    public JsonElement History() => Read(Board.WriteHistory);

    public JsonElement Alerts() => Read(Board.WriteAlerts);

    public void Dispose() => _board?.Dispose();

    public static QueueSnapshot Queue(string group, params (TaskState State, long Count)[] counts) => new()
    {
        Key = new QueueKey(group, 1),
        IsPaused = false,
        Counts = counts.ToDictionary(static one => one.State, static one => one.Count),
        InPerSecond = 0,
        OutPerSecond = 0,
    };

    private static JsonElement Read(Action<Utf8JsonWriter> write)
    {
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body))
            write(json);
        return JsonSerializer.Deserialize<JsonElement>(body.ToArray());
    }
}
