using System.Text.Json;
using ActorBalancer.Cli.Commands;
using ActorBalancer.Cli.Output;

namespace ActorBalancer.Cli.Live;

/// <summary>Draws the full screen. Thread-safe.</summary>
internal static class TopScreen
{
    private const int LabelWidth = 10;
    private const int SlotBarWidth = 10;

    /// <summary>The lines from top to bottom.</summary>
    /// <param name="state">What is shown.</param>
    /// <param name="frame">How it is shown.</param>
    /// <returns>At most as many lines as the terminal has, none wider than it.</returns>
    public static IReadOnlyList<Line> Draw(TopState state, TopFrame frame)
    {
        var lines = new List<Line> { Title(state, frame) };
        if (state.Status.ValueKind == JsonValueKind.Undefined)
            lines.Add(Line.Of("waiting for the balancer", Tone.Dim));
        else
            lines.AddRange(Figure(state, frame.Width));
        var room = frame.Height - lines.Count - 1;
        lines.AddRange(frame.View switch
        {
            TopView.Queues => Queues(state, frame, room),
            TopView.Workers => Workers(state, frame, room),
            _ => Overview(state, frame, room),
        });
        var body = lines.Take(Math.Max(0, frame.Height - 1)).ToList();
        while (body.Count < frame.Height - 1)
            body.Add(new Line());
        return [.. body.Append(Foot(state, frame)).Select(line => line.Cut(frame.Width))];
    }

    private static Line Title(TopState state, TopFrame frame)
    {
        var node = state.Status.At("node");
        var line = Line.Of("abm top ", Tone.Head).Add(frame.Url, Tone.Accent).Add("  ")
            .Add(States.Show(state.Status.Text("state")));
        if (node.Text("id") is { } id)
            line.Add($"  {id}");
        line.Add($"  {node.Text("role")} {Figures.Version(node.Text("version"))}  up "
            + Figures.Duration(node.Number("uptimeSeconds") * 1000), Tone.Dim);
        var clock = frame.Now.UtcDateTime.ToString("HH:mm:ss'Z'");
        return line.Cut(frame.Width - clock.Length - 1).PadTo(frame.Width - clock.Length).Add(clock, Tone.Dim);
    }

    private static IEnumerable<Line> Figure(TopState state, int width)
    {
        var status = state.Status;
        var tasks = status.At("tasks");
        yield return Label("rates")
            .Add($"{Figures.Rate(tasks.Number("submittedPerSecond"))} in", Tone.Accent)
            .Add($"   {Figures.Rate(tasks.Number("completedPerSecond"))} done   ", Tone.Accent)
            .Add(Fault(tasks, "failedPerSecond", Figures.Rate, "failed"));
        yield return Label("tasks")
            .Add($"{Short(tasks, "waiting")} waiting   {Short(tasks, "running")} running   "
                + $"{Short(tasks, "scheduled")} later   ")
            .Add(Fault(tasks, "deadKept", Figures.Short, "dead"));
        yield return Curve("done/s", [.. Earlier(state), .. state.Done], width);
        yield return Latency(status.At("latencyMs"));
        yield return Slots(status.At("workers"), width);
        var process = status.At("process");
        var proxy = status.At("proxy");
        var line = Label("process").Add(
            $"cpu {Figures.Percent(process.Number("cpuPercent"))}  memory {Figures.Bytes(process.Number("memoryBytes"))}");
        if (status.At("nodes").Number("count") > 1)
            line.Add($"  {Short(status.At("nodes"), "count")} nodes");
        if (proxy.Number("pools") > 0)
        {
            line.Add($"  proxy {Figures.Rate(proxy.Number("requestsPerSecond"))}  ")
                .Add(Fault(proxy, "errorsPerSecond", Figures.Rate, "errors"))
                .Add($"  {Short(proxy, "healthy")}/{Short(proxy, "backends")} up");
        }

        yield return line;
        yield return new Line();
    }

    private static Line Latency(JsonElement latency)
    {
        var line = Label("p50/95/99");
        foreach (var name in (string[])["wait", "run", "total"])
        {
            var kind = latency.At(name);
            line.Add(name, Tone.Dim).Add(
                $" {Figures.Duration(kind.Number("p50"))}/{Figures.Duration(kind.Number("p95"))}/"
                + $"{Figures.Duration(kind.Number("p99"))}   ");
        }

        return line;
    }

    private static Line Slots(JsonElement workers, int width)
    {
        var used = workers.Number("slotsUsed") ?? 0;
        var limit = workers.Number("slotsLimit") ?? 0;
        var line = Label("slots").Add(Figures.Bar(used, limit, Math.Clamp(width / 4, 10, 30)), Tone.Accent)
            .Add($" {Figures.Short(used)}/{Figures.Short(limit)}  {Short(workers, "ready")} of "
                + $"{Short(workers, "count")} workers ready");
        if (workers.Number("maintenance") + workers.Number("draining") > 0)
            line.Add($"  {Short(workers, "maintenance")} maint  {Short(workers, "draining")} draining", Tone.Warn);
        if (workers.Number("offline") + workers.Number("invalid") > 0)
            line.Add($"  {Short(workers, "offline")} offline  {Short(workers, "invalid")} invalid", Tone.Bad);
        return line;
    }

    private static Line Curve(string name, IReadOnlyList<double> values, int width)
    {
        var room = width - LabelWidth - 12;
        var max = values.Skip(Math.Max(0, values.Count - room)).DefaultIfEmpty().Max();
        return Label(name).Add(Figures.Curve(values, room), Tone.Accent).Add($" max {Figures.Short(max)}", Tone.Dim);
    }

    // What was before this began comes in steps of some seconds; each is shown as one column.
    private static IEnumerable<double> Earlier(TopState state) =>
        state.Points.Take(Math.Max(0, state.Points.Count - (state.Done.Count / 5)))
            .Select(static point => point.Number("completedPerSecond") ?? 0);

    private static IEnumerable<Line> Overview(TopState state, TopFrame frame, int room)
    {
        // Alerts keep a few lines; queues and workers share the rest, and either takes what the other leaves.
        var alerts = Alerts(state, frame, Math.Clamp(room / 4, 2, 5)).ToArray();
        room -= alerts.Length;
        var queues = Math.Max(1, state.Queues.Items("queues").Count()) + 1;
        var workers = Math.Max(1, state.Workers.Items("workers").Count()) + 1;
        var forQueues = Math.Min(queues, Math.Max(room / 2, room - workers - 1));
        return [
            .. Queues(state, frame, forQueues), new Line(),
            .. Workers(state, frame, room - forQueues - 1), .. alerts];
    }

    private static IEnumerable<Line> Queues(TopState state, TopFrame frame, int room)
    {
        var table = QueueCommands.NewTable();
        var queues = state.Queues.Items("queues").OrderByDescending(Busy).ToArray();
        foreach (var queue in queues.Take(Math.Max(0, room)))
            QueueCommands.AddRow(table, queue, frame.Now);
        return Fit(table, queues.Length, "queues", frame.Width, room);
    }

    private static IEnumerable<Line> Workers(TopState state, TopFrame frame, int room)
    {
        var table = new Table(
            new("WORKER", Min: 16), new("GROUP", Min: 8), "STATUS", "SLOTS", new("CPU", IsRight: true),
            new("MEMORY", IsRight: true));
        var workers = state.Workers.Items("workers").ToArray();
        foreach (var worker in workers.Take(Math.Max(0, room)))
        {
            table.Add(
                worker.Text("url"),
                $"{worker.Text("group")}/{worker.Text("contract")}",
                WorkerCommands.StatusOf(worker),
                WorkerCommands.SlotsOf(worker, SlotBarWidth),
                Figures.Percent(worker.At("system").Number("cpuLoad")),
                Figures.Percent(worker.At("system").Number("usedMemoryPercent")));
        }

        return Fit(table, workers.Length, "workers", frame.Width, room);
    }

    private static IEnumerable<Line> Fit(Table table, int count, string what, int width, int room)
    {
        if (room <= 0)
            return [];
        if (count == 0)
            return [Line.Of($"no {what}", Tone.Dim)];
        if (count < room)
            return table.Draw(width);
        var rows = Math.Max(0, room - 2);
        return table.Draw(width, rows).Append(Line.Of($"... {count - rows} more {what}", Tone.Dim)).Take(room);
    }

    private static IEnumerable<Line> Alerts(TopState state, TopFrame frame, int room)
    {
        if (state.Alerts.Count == 0)
            yield break;
        yield return Line.Of("ALERTS", Tone.Head);
        foreach (var alert in state.Alerts.Take(room - 1))
        {
            yield return Line.Of(Figures.Age(alert.Moment("at"), frame.Now), Tone.Dim).PadTo(12)
                .Add(alert.Text("kind"), Tone.Warn)
                .Add($" {alert.Text("pool")} {alert.Text("backend") ?? alert.Text("url")} {alert.Text("reason")}");
        }
    }

    private static Line Foot(TopState state, TopFrame frame)
    {
        if (state.Trouble is { } trouble)
            return Line.Of(trouble, Tone.Bad);
        var line = new Line();
        if (frame.IsPaused)
            line.Add("PAUSED ", Tone.Warn);
        line.Add("q", Tone.Head).Add(" quit  ").Add("p", Tone.Head).Add(frame.IsPaused ? " go on  " : " pause  ");
        foreach (var view in Enum.GetValues<TopView>())
        {
            line.Add($"{(int)view + 1}", Tone.Head)
                .Add($" {view.ToString().ToLowerInvariant()}  ", view == frame.View ? Tone.Accent : Tone.Plain);
        }

        return line;
    }

    private static double Busy(JsonElement queue) =>
        (queue.At("counts").Number("running") ?? 0) + (queue.At("counts").Number("queued") ?? 0)
        + (queue.At("rates").Number("inPerSecond") ?? 0);

    private static Piece Fault(JsonElement json, string name, Func<double?, string> format, string word) =>
        States.Fault(json.Number(name), $"{format(json.Number(name))} {word}");

    private static string Short(JsonElement json, string name) => Figures.Short(json.Number(name));

    private static Line Label(string name) => Line.Of(name, Tone.Head).PadTo(LabelWidth);
}
