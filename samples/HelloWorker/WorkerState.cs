using System.Text.Json;
using ActorBalancer.Protocol;

namespace ActorBalancer.HelloWorker;

/// <summary>What the worker tells about itself. Thread-safe.</summary>
internal sealed class WorkerState
{
    private static readonly JsonElement Tags = JsonElement.Parse("""[{"name":"language","value":"C#"}]""");

    private readonly HelloWorkerOptions _options;
    private readonly MachineLoad _load;
    private volatile bool _maintenance;

    public WorkerState(HelloWorkerOptions options)
    {
        _options = options;
        _load = new MachineLoad(options.Time);
        Slots = new SlotQueue(options.Slots, () => Changed?.Invoke());
    }

    /// <summary>Called after a change of the slots or the status, on the thread that made it. Set before the worker
    /// starts.</summary>
    public Action? Changed { get; set; }

    /// <summary>The slots and those who wait for one.</summary>
    public SlotQueue Slots { get; }

    /// <summary>The WebSocket's port; 0 until it is known.</summary>
    public int WebSocketPort { get; set; }

    /// <summary>While true, tasks are refused; those that were accepted run on.</summary>
    public bool Maintenance
    {
        get => _maintenance;
        set
        {
            _maintenance = value;
            Changed?.Invoke();
        }
    }

    private string Status => Maintenance ? "maintenance" : "ready";

    /// <summary>The answer to <c>GET /health</c>.</summary>
    public WorkerHealth Health() => new()
    {
        WebsocketPort = WebSocketPort,
        Group = _options.Group,
        Contract = _options.Contract,
        Status = Status,
        Slots = Slots.Slots,
        System = _load.Read(),
        Functions = HelloFunctions.Interface,
        Tags = Tags,
        Services = [],
    };

    /// <summary>The frame that the WebSocket sends.</summary>
    public WorkerStatusFrame Frame() => new()
    {
        Status = Status,
        Slots = Slots.Slots,
        System = _load.Read(),
        Services = [],
    };
}
