using System.Diagnostics.Metrics;
using ActorBalancer.Engine.Workers;

namespace ActorBalancer.Engine.Telemetry;

/// <summary>The engine's own standing, its workers and its nodes as instruments of the meters
/// <c>ActorBalancer.Engine</c> and <c>ActorBalancer.Workers</c>. They are read when somebody asks.</summary>
internal sealed class EngineMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Meter _workers;
    private readonly BalancerEngine _engine;
    private readonly ConfigurationFigures _files;

    public EngineMetrics(BalancerEngine engine)
    {
        _engine = engine;
        _files = new ConfigurationFigures(engine.Events);
        _meter = new Meter(new MeterOptions("ActorBalancer.Engine") { Scope = engine.ActorSystem });
        _workers = new Meter(new MeterOptions("ActorBalancer.Workers") { Scope = engine.ActorSystem });
        AddOwn();
        AddWorkers();
    }

    public void Dispose()
    {
        _meter.Dispose();
        _workers.Dispose();
        _files.Dispose();
    }

    private void AddOwn()
    {
        _meter.CreateObservableGauge(
            "lb_build_info", static () => new Measurement<long>(1, Tag("version", ProgramVersion.Text)),
            description: "1, with the version of the program.");
        _meter.CreateObservableGauge(
            "lb_draining", () => _engine.State == BalancerState.Draining ? 1L : 0,
            description: "1 while the balancer takes no more tasks because it stops.");
        _meter.CreateObservableGauge(
            "lb_store_up", () => _engine.Services.Select(
                static store => new Measurement<long>(store.Value == "ready" ? 1 : 0, Tag("store", store.Key))),
            description: "1 while the store of tasks can be reached.");
        _meter.CreateObservableGauge(
            "lb_node_up", () => _engine.Nodes is { IsCluster: true } cluster
                ? cluster.Nodes.Select(
                    static node => new Measurement<long>(node.IsLeaving ? 0 : 1, Tag("node", node.Id!)))
                : [],
            description: "1 for each node of the cluster that this one knows, 0 while it leaves.");
        _meter.CreateObservableCounter(
            "lb_config_reloads_total", Reloads, description: "Files of the configuration that were read, by result.");
        _meter.CreateObservableGauge(
            "lb_config_last_reload_success", () => _files.All.Select(
                static file => new Measurement<long>(file.IsGood ? 1 : 0, Tag("file", file.File))),
            description: "1 when the file counts as it was read last, 0 when the one before it stayed.");
    }

    private void AddWorkers()
    {
        _workers.CreateObservableGauge(
            "lb_worker_up", () => OfWorkers(static one => one.Status == "offline" ? 0 : 1),
            description: "1 while the worker answers, in maintenance too.");
        _workers.CreateObservableGauge(
            "lb_worker_serving", () => OfWorkers(static one => one.IsServing ? 1 : 0),
            description: "1 while the worker takes tasks as soon as a slot is free.");
        _workers.CreateObservableGauge(
            "lb_worker_draining", () => OfWorkers(static one => one.IsDraining ? 1 : 0),
            description: "1 while the worker gets no new tasks by an operator's order.");
        _workers.CreateObservableGauge(
            "lb_worker_invalid", () => OfWorkers(static one => one.ContractValid ? 0 : 1),
            description: "1 while the worker's interface differs from that of its group and contract.");
        _workers.CreateObservableGauge(
            "lb_worker_slots", Slots, description: "Slots of the worker, used and available.");
    }

    private IEnumerable<Measurement<long>> OfWorkers(Func<WorkerSnapshot, long> read) => _engine.Workers.Select(
        one => new Measurement<long>(read(one), Tag("worker", one.Url), Tag("group", GroupOf(one))));

    private IEnumerable<Measurement<long>> Slots()
    {
        foreach (var one in _engine.Workers)
        {
            yield return Of(one, one.Slots.Used, "used");
            yield return Of(one, one.Slots.Available, "available");
        }

        static Measurement<long> Of(WorkerSnapshot worker, long slots, string state) => new(
            slots, Tag("worker", worker.Url), Tag("group", GroupOf(worker)), Tag("state", state));
    }

    private IEnumerable<Measurement<long>> Reloads()
    {
        foreach (var (file, good, bad, _) in _files.All)
        {
            yield return new Measurement<long>(good, Tag("file", file), Tag("result", "success"));
            yield return new Measurement<long>(bad, Tag("file", file), Tag("result", "failure"));
        }
    }

    private static string GroupOf(WorkerSnapshot worker) => worker.Health?.Group ?? "";

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
