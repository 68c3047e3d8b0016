using System.Text.Json;
using ActorBalancer.Cli.Http;
using ActorBalancer.Cli.Output;

namespace ActorBalancer.Cli.Live;

/// <summary>The newest of everything that the balancer told. Not thread-safe.</summary>
internal sealed class TopState
{
    /// <summary>Values that a curve can show. Source: a terminal is seldom wider.</summary>
    private const int CurveMax = 512;

    /// <summary>Alerts that are kept. Source: more than a screen has lines for.</summary>
    private const int AlertsMax = 100;

    private readonly List<double> _done = [];
    private readonly List<JsonElement> _alerts = [];
    private readonly List<JsonElement> _points = [];

    /// <summary>Body of <c>/status</c>; undefined before the first.</summary>
    public JsonElement Status { get; private set; }

    /// <summary>Body of <c>/queues</c>.</summary>
    public JsonElement Queues { get; private set; }

    /// <summary>Body of <c>/workers</c>.</summary>
    public JsonElement Workers { get; private set; }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<JsonElement> Alerts => _alerts;

    /// <summary>Tasks done a second, a value for each second that was watched, oldest first.</summary>
    public IReadOnlyList<double> Done => _done;

    /// <summary>Points of the last 15 minutes, oldest first.</summary>
    public IReadOnlyList<JsonElement> Points => _points;

    /// <summary>What went wrong with the connection; null when it is there.</summary>
    public string? Trouble { get; set; }

    /// <summary>Takes what was there before the stream began.</summary>
    /// <param name="history">Body of <c>/status/history</c>.</param>
    /// <param name="alerts">Body of <c>/alerts</c>.</param>
    public void Begin(JsonElement history, JsonElement alerts)
    {
        _points.Clear();
        _points.AddRange(history.Items("points"));
        _alerts.Clear();
        _alerts.AddRange(alerts.Items("alerts").Take(AlertsMax));
    }

    /// <summary>Takes an event of the stream.</summary>
    public void Take(ServerEvent each)
    {
        Trouble = null;
        switch (each.Name)
        {
            case "status":
                Status = each.Data;
                Append(_done, each.Data.At("tasks").Number("completedPerSecond") ?? 0);
                break;
            case "point":
                Append(_points, each.Data);
                break;
            case "queues":
                Queues = each.Data;
                break;
            case "workers":
                Workers = each.Data;
                break;
            case "alert":
                _alerts.Insert(0, each.Data);
                if (_alerts.Count > AlertsMax)
                    _alerts.RemoveAt(AlertsMax);
                break;
            default:
                // Topics that are not asked for, or of a newer balancer.
                break;
        }
    }

    private static void Append<T>(List<T> values, T value)
    {
        values.Add(value);
        if (values.Count > CurveMax)
            values.RemoveAt(0);
    }
}
