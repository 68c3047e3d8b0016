using System.Diagnostics.Metrics;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Telemetry;

/// <summary>What is counted of tasks as instruments of the meter <c>ActorBalancer.Tasks</c>. They are read when
/// somebody asks; tasks know nothing of them.</summary>
internal sealed class TaskMetrics : IDisposable
{
    private static readonly TaskMode[] Modes = Enum.GetValues<TaskMode>();
    private static readonly TaskState[] Ends = [.. Enum.GetValues<TaskState>().Where(TaskTransitions.IsFinal)];
    private static readonly AttemptVerdict[] Verdicts = Enum.GetValues<AttemptVerdict>();

    /// <summary>Reasons for which a task is not taken, under the codes of the HTTP interface.</summary>
    private static readonly (TaskOutcomeKind Kind, string Code)[] Refusals =
    [
        (TaskOutcomeKind.NoWorker, "no_worker"), (TaskOutcomeKind.QueueFull, "queue_full"),
        (TaskOutcomeKind.Overloaded, "overloaded"), (TaskOutcomeKind.Unavailable, "unavailable"),
    ];

    private readonly Meter _meter;
    private readonly TaskFigures _figures;

    /// <param name="figures">What is counted.</param>
    /// <param name="scope">Tells this engine's meters from those of another in the same process.</param>
    public TaskMetrics(TaskFigures figures, object scope)
    {
        _figures = figures;
        _meter = new Meter(new MeterOptions("ActorBalancer.Tasks") { Scope = scope });
        _meter.CreateObservableCounter(
            "lb_tasks_submitted_total", Submitted, description: "Tasks that were taken in at this node.");
        _meter.CreateObservableCounter(
            "lb_tasks_completed_total", Completed, description: "Tasks that this node ended, by final state.");
        _meter.CreateObservableCounter(
            "lb_tasks_revived_total", () => OfFunctions(static one => one.Revived),
            description: "Ended tasks that were brought back by hand.");
        _meter.CreateObservableCounter(
            "lb_task_attempts_total", Attempts, description: "Attempts that this node made, by what became of them.");
        _meter.CreateObservableCounter(
            "lb_task_retries_total", () => OfFunctions(static one => one.Retries),
            description: "Attempts that failed and were followed by another.");
        _meter.CreateObservableCounter(
            "lb_intake_refused_total", RefusedTasks, description: "Tasks that were not taken in, by the error's code.");
        _meter.CreateObservableCounter(
            "lb_webhook_deliveries_total", Deliveries,
            description: "Calls of webhooks: delivered, failed (tried again later) or dead (given up).");
    }

    /// <summary>The histograms, which the engine keeps by itself.</summary>
    public IReadOnlyList<LatencyFamily> Histograms
    {
        get
        {
            var all = _figures.All.ToArray();
            return
            [
                Family(_figures.Instruments.Wait, static one => one.Wait),
                Family(_figures.Instruments.Run, static one => one.Run),
                Family(_figures.Instruments.Total, static one => one.Total),
            ];

            LatencyFamily Family(Instrument instrument, Func<FunctionFigures, LatencyFigures> read) => new(
                instrument.Name,
                instrument.Description!,
                [.. all.Select(one => new LatencySeries(
                    [new("group", one.Group), new("function", one.Function)], read(one)))]);
        }
    }

    public void Dispose() => _meter.Dispose();

    private List<Measurement<long>> Submitted()
    {
        var measured = new List<Measurement<long>>();
        foreach (var one in _figures.All)
        {
            foreach (var mode in Modes)
            {
                if (one.Submitted(mode) is var count and > 0)
                    measured.Add(Of(count, one, "mode", StateNames.Of(mode)));
            }
        }

        return measured;
    }

    private List<Measurement<long>> Completed()
    {
        // Zeros too: a monitor that sees the first failure as the beginning of a line sees no growth.
        var measured = new List<Measurement<long>>();
        foreach (var one in _figures.All)
        {
            foreach (var state in Ends)
                measured.Add(Of(one.Ended(state), one, "state", StateNames.Of(state)));
        }

        return measured;
    }

    private List<Measurement<long>> Attempts()
    {
        var measured = new List<Measurement<long>>();
        foreach (var one in _figures.All)
        {
            foreach (var verdict in Verdicts)
            {
                var count = one.Attempts(verdict);
                if (count > 0 || verdict is AttemptVerdict.Succeeded or AttemptVerdict.Failed)
                    measured.Add(Of(count, one, "result", WordOf(verdict)));
            }
        }

        return measured;
    }

    private List<Measurement<long>> OfFunctions(Func<FunctionFigures, long> read) =>
        [.. _figures.All.Select(one => new Measurement<long>(
            read(one), new("group", one.Group), new KeyValuePair<string, object?>("function", one.Function)))];

    private IEnumerable<Measurement<long>> RefusedTasks() => Refusals.Select(refusal => new Measurement<long>(
        _figures.Refusals(refusal.Kind), new KeyValuePair<string, object?>("code", refusal.Code)));

    private IEnumerable<Measurement<long>> Deliveries() =>
        Enum.GetValues<DeliveryVerdict>().Select(verdict => new Measurement<long>(
            _figures.Deliveries(verdict),
            new KeyValuePair<string, object?>("result", verdict.ToString().ToLowerInvariant())));

    private static Measurement<long> Of(long count, FunctionFigures one, string label, string value) => new(
        count, new("group", one.Group), new("function", one.Function),
        new KeyValuePair<string, object?>(label, value));

    private static string WordOf(AttemptVerdict verdict) =>
        verdict == AttemptVerdict.TimedOut ? "timed_out" : verdict.ToString().ToLowerInvariant();
}
