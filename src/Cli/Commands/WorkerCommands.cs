using System.CommandLine;
using System.Text.Json;
using ActorBalancer.Cli.Output;

namespace ActorBalancer.Cli.Commands;

/// <summary><c>abm workers</c>.</summary>
internal static class WorkerCommands
{
    private const int BarWidth = 10;

    /// <summary>Makes the commands.</summary>
    public static Command Make(CommandKit kit)
    {
        var name = new Argument<string>("worker") { Description = "its URL, its id, or a part of its URL" };
        var key = new Option<string?>("--worker-key")
        {
            Description = "key of the worker, when workers.json has none [ABM_WORKER_KEY]",
            HelpName = "key",
        };
        return kit.Group(
            "workers",
            "workers: list, show, on, off, drain, logs",
            List(kit),
            Show(kit, name),
            Order(kit, "on", "let a worker work again: ends maintenance and drain", name, key),
            Order(kit, "off", "tell a worker to take no more tasks (maintenance)", name, key),
            Order(kit, "drain", "give a worker no more tasks; those that run may end; lasts until 'on'", name, key),
            Logs(kit, name));
    }

    /// <summary>Status of a worker, with what else keeps it from working.</summary>
    public static Piece StatusOf(JsonElement worker)
    {
        if (worker.At("contractValid").ValueKind == JsonValueKind.False)
            return new Piece("invalid", Tone.Bad);
        return worker.Flag("draining") ? new Piece("draining", Tone.Warn) : States.Show(worker.Text("status"));
    }

    /// <summary>Slots as a bar and as numbers.</summary>
    public static Piece SlotsOf(JsonElement worker, int barWidth)
    {
        var slots = worker.At("slots");
        var used = slots.Number("used") ?? 0;
        var limit = slots.Number("limit") ?? 0;
        return new Piece(
            $"{Figures.Bar(used, limit, barWidth)} {Figures.Count(used)}/{Figures.Count(limit)}",
            limit > 0 && used >= limit ? Tone.Warn : Tone.Accent);
    }

    private static Command List(CommandKit kit) => kit.Shows(
        "list",
        "all workers, invalid ones too",
        [],
        async session =>
        {
            var answer = await session.GetAsync("/workers");
            var table = new Table(
                new("WORKER", Min: 20), new("GROUP", Min: 8), "STATUS", "SLOTS", new("QUEUE", IsRight: true),
                new("CPU", IsRight: true), new("MEMORY", IsRight: true), new("NODE", Min: 4), new("TAGS", Min: 4));
            foreach (var worker in answer.Items("workers"))
            {
                table.Add(
                    worker.Text("url"),
                    $"{worker.Text("group")}/{worker.Text("contract")}",
                    StatusOf(worker),
                    SlotsOf(worker, BarWidth),
                    Figures.Count(worker.At("slots").Number("queue")),
                    Figures.Percent(worker.At("system").Number("cpuLoad")),
                    Figures.Percent(worker.At("system").Number("usedMemoryPercent")),
                    worker.Text("node") ?? Figures.None,
                    TagsOf(worker));
            }

            return View.Of(answer, table, "no workers");
        },
        "abm workers",
        "abm workers --watch",
        "abm workers --json | jq -r '.workers[] | select(.serving | not) | .url'");

    private static Command Show(CommandKit kit, Argument<string> name) => kit.Shows(
        "show",
        "one worker with its functions, services and tags",
        [name],
        async session =>
        {
            var id = await WorkerNames.FindAsync(session, session.Get(name)!);
            var worker = await session.GetAsync("/workers/" + id);
            return new View(worker, width => Describe(worker).Select(line => line.Cut(width)));
        },
        "abm workers show :5001",
        "abm workers show http://10.0.0.7:5001 --json");

    private static Command Order(
        CommandKit kit, string verb, string description, Argument<string> name, Option<string?> key) => kit.Does(
        verb,
        description,
        [name, key],
        async session =>
        {
            var id = await WorkerNames.FindAsync(session, session.Get(name)!);
            var workerKey = WorkerKey(session, key);
            var worker = await session.Client.SendAsync(
                HttpMethod.Post, $"/workers/{id}/{verb}", session.Cancel, headers: [("x-wr-auth", workerKey)]);
            session.Tell(worker, Line.Of(worker.Text("url")).Add(" is ").Add(StatusOf(worker)));
            return ExitCodes.Done;
        },
        $"abm workers {verb} http://10.0.0.7:5001",
        $"abm workers {verb} :5001 --worker-key secret");

    private static Command Logs(CommandKit kit, Argument<string> name) => kit.Shows(
        "logs",
        "the last lines that a worker has written",
        [name],
        async session =>
        {
            var id = await WorkerNames.FindAsync(session, session.Get(name)!);
            var answer = await session.GetAsync($"/workers/{id}/logs");
            return new View(answer, _ => answer.Items("logs").Select(static line => Line.Of(line.Text())));
        },
        "abm workers logs :5001");

    /// <summary>The worker's key that was given; null for none.</summary>
    public static string? WorkerKey(Session session, Option<string?> option)
    {
        var key = session.Get(option) ?? session.Host.Environment("ABM_WORKER_KEY");
        return string.IsNullOrEmpty(key) ? null : ConnectionChoice.CheckKey(key);
    }

    private static string TagsOf(JsonElement worker)
    {
        var tags = worker.At("tags");
        return tags.ValueKind switch
        {
            JsonValueKind.Array => worker.List("tags"),
            JsonValueKind.Object => string.Join(
                ", ", tags.EnumerateObject().Select(static tag => $"{tag.Name}={tag.Value.Text()}")),
            _ => tags.Text() ?? "",
        };
    }

    private static IEnumerable<Line> Describe(JsonElement worker)
    {
        var slots = worker.At("slots");
        var system = worker.At("system");
        yield return Field("worker", worker.Text("url"));
        yield return Field("id", worker.Text("id"));
        yield return Field("group", $"{worker.Text("group")}/{worker.Text("contract")}");
        yield return Field("status").Add(StatusOf(worker)).Add(worker.Flag("serving") ? ", serving" : ", not serving");
        if (worker.Text("contractMismatchReason") is { } reason)
            yield return Field("invalid").Add(reason, Tone.Bad);
        yield return Field("slots").Add(SlotsOf(worker, BarWidth))
            .Add($" used, {Figures.Count(slots.Number("queue"))} wait at the worker");
        yield return Field("system", system.ValueKind == JsonValueKind.Object
            ? $"up {Figures.Duration(system.Number("uptime") * 1000)}, cpu {Figures.Percent(system.Number("cpuLoad"))}, "
            + $"memory {Figures.Percent(system.Number("usedMemoryPercent"))}"
            : Figures.None);
        yield return Field("node", worker.Text("node") ?? Figures.None);
        yield return Field("key", worker.Flag("hasKey") ? "in workers.json" : "not in workers.json");
        yield return Field("websocket", worker.Text("websocketPort") is { } port ? "port " + port : "none");
        yield return Field("tags", TagsOf(worker));
        foreach (var service in worker.Items("services"))
            yield return Field("service", service.Text("name") + " ").Add(States.Show(service.Text("status")));
        foreach (var function in worker.Items("functions"))
        {
            yield return Field("function").Add(function.Text("name"), Tone.Accent).Add(
                function.At("params").ValueKind is JsonValueKind.Undefined or JsonValueKind.Null
                    ? ""
                    : " " + JsonWriting.Compact(function.At("params")), Tone.Dim);
        }
    }

    private static Line Field(string name, string? value = null) =>
        Line.Of(name, Tone.Head).PadTo(11).Add(value);
}
