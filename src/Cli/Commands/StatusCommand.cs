using System.CommandLine;
using System.Text.Json;
using ActorBalancer.Cli.Output;

namespace ActorBalancer.Cli.Commands;

/// <summary><c>abm status</c>: how the balancer is, on one page.</summary>
internal static class StatusCommand
{
    private const int LabelWidth = 10;

    /// <summary>Makes the command.</summary>
    public static Command Make(CommandKit kit) => kit.Shows(
        "status",
        "state, figures and latencies of the balancer",
        [],
        async session =>
        {
            var status = await session.GetAsync("/status");
            return new View(status, width => Draw(status).Select(line => line.Cut(width)));
        },
        "abm status",
        "abm status --watch 1",
        "abm status --json | jq .tasks.waiting");

    private static IEnumerable<Line> Draw(JsonElement status)
    {
        var node = status.At("node");
        var tasks = status.At("tasks");
        var queues = status.At("queues");
        yield return Label("state").Add(States.Show(status.Text("state")))
            .Add($"  {node.Text("role")} {Figures.Version(node.Text("version"))}")
            .Add(node.Text("id") is { } id ? $"  node {id}" : "")
            .Add($"  on {node.Text("host")}, process {node.Text("processId")}, "
                + $"up {Figures.Duration(node.Number("uptimeSeconds") * 1000)}", Tone.Dim);
        yield return Label("store").Add(status.At("store").Text("name") ?? Figures.None).Add("  ")
            .Add(States.Show(status.At("store").Text("state")));
        yield return Label("rates").Add(
                $"{Figures.Rate(tasks.Number("submittedPerSecond"))} in, "
                + $"{Figures.Rate(tasks.Number("completedPerSecond"))} done, ")
            .Add(States.Fault(
                tasks.Number("failedPerSecond"), $"{Figures.Rate(tasks.Number("failedPerSecond"))} failed"));
        yield return Label("tasks").Add(
                $"{Count(tasks, "waiting")} waiting, {Count(tasks, "running")} running, "
                + $"{Count(tasks, "scheduled")} scheduled, ")
            .Add(States.Fault(tasks.Number("deadKept"), $"{Count(tasks, "deadKept")} dead"));
        yield return Label("so far").Add(
            $"{Count(tasks, "submitted")} in, {Count(tasks, "succeeded")} succeeded, {Count(tasks, "dead")} dead, "
            + $"{Count(tasks, "cancelled")} cancelled, {Count(tasks, "expired")} expired, "
            + $"{Count(tasks, "retries")} retries");
        foreach (var kind in (string[])["wait", "run", "total"])
            yield return Latency(kind, status.At("latencyMs").At(kind));
        yield return Label("queues").Add($"{Count(queues, "count")}, ")
            .Add(new Piece($"{Count(queues, "paused")} paused", queues.Number("paused") > 0 ? Tone.Warn : Tone.Plain))
            .Add($", oldest task {Figures.Duration(queues.Number("oldestAgeMs"))}");
        yield return Workers(status.At("workers"));
        yield return Proxy(status.At("proxy"));
        yield return Label("nodes").Add(Count(status.At("nodes"), "count"));
        yield return Process(status.At("process"), status.At("streams"));
    }

    private static Line Latency(string kind, JsonElement latency) => Label(kind).Add(
        $"p50 {Figures.Duration(latency.Number("p50"))}, p95 {Figures.Duration(latency.Number("p95"))}, "
        + $"p99 {Figures.Duration(latency.Number("p99"))}").Add("  over a minute", Tone.Dim);

    private static Line Workers(JsonElement workers) => Label("workers")
        .Add($"{Count(workers, "count")}, {Count(workers, "ready")} ready, ")
        .Add($"{Count(workers, "maintenance")} in maintenance, {Count(workers, "draining")} draining, ")
        .Add(States.Fault(workers.Number("offline"), $"{Count(workers, "offline")} offline")).Add(", ")
        .Add(States.Fault(workers.Number("invalid"), $"{Count(workers, "invalid")} invalid"))
        .Add($", slots {Count(workers, "slotsUsed")} of {Count(workers, "slotsLimit")}");

    private static Line Proxy(JsonElement proxy) => Label("proxy")
        .Add($"{Count(proxy, "pools")} pools, {Count(proxy, "healthy")} of {Count(proxy, "backends")} backends healthy, "
            + $"{Count(proxy, "active")} active, {Figures.Rate(proxy.Number("requestsPerSecond"))}, ")
        .Add(States.Fault(
            proxy.Number("errorsPerSecond"), $"{Figures.Rate(proxy.Number("errorsPerSecond"))} errors"));

    private static Line Process(JsonElement process, JsonElement streams) => Label("process").Add(
        $"cpu {Figures.Percent(process.Number("cpuPercent"))}, memory {Figures.Bytes(process.Number("memoryBytes"))} "
        + $"(heap {Figures.Bytes(process.Number("heapBytes"))}), {Count(process, "threads")} threads, "
        + $"{Count(streams, "open")} event streams");

    private static Line Label(string name) => Line.Of(name, Tone.Head).PadTo(LabelWidth);

    private static string Count(JsonElement json, string name) => Figures.Count(json.Number(name));
}
