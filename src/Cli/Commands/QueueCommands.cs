using System.CommandLine;
using System.Text.Json;
using ActorBalancer.Cli.Http;
using ActorBalancer.Cli.Live;
using ActorBalancer.Cli.Output;

namespace ActorBalancer.Cli.Commands;

/// <summary><c>abm queues</c>.</summary>
internal static class QueueCommands
{
    private static readonly string[] PurgedStates = ["queued", "scheduled", "retrying"];

    /// <summary>Makes the commands.</summary>
    public static Command Make(CommandKit kit)
    {
        var name = new Argument<string>("queue") { Description = QueueName.Rule };
        return kit.Group(
            "queues", "queues: list, pause, resume, purge", List(kit), Pause(kit, name), Resume(kit, name),
            Purge(kit, name));
    }

    /// <summary>The columns that a table of queues has everywhere.</summary>
    public static Table NewTable() => new(
        new("QUEUE", Min: 8), "STATE", new("QUEUED", IsRight: true), new("RUNNING", IsRight: true),
        new("RETRY", IsRight: true), new("LATER", IsRight: true), new("DEAD", IsRight: true),
        new("IN", IsRight: true), new("OUT", IsRight: true), new("OLDEST", IsRight: true));

    /// <summary>Adds a queue to such a table.</summary>
    public static void AddRow(Table table, JsonElement queue, DateTimeOffset now)
    {
        var counts = queue.At("counts");
        var dead = counts.Number("dead");
        table.Add(
            $"{queue.Text("group")}/{queue.Text("contract")}",
            StateOf(queue, now),
            Figures.Short(counts.Number("queued")),
            Figures.Short(counts.Number("running")),
            Figures.Short(counts.Number("retrying")),
            Figures.Short(counts.Number("scheduled")),
            States.Fault(dead, Figures.Short(dead)),
            Figures.Rate(queue.At("rates").Number("inPerSecond")),
            Figures.Rate(queue.At("rates").Number("outPerSecond")),
            Figures.Duration(queue.Number("oldestAgeMs")));
    }

    private static Piece StateOf(JsonElement queue, DateTimeOffset now)
    {
        if (!queue.Flag("paused"))
            return new Piece("open", Tone.Good);
        return new Piece(
            queue.Moment("pausedUntil") is { } until
                ? "paused " + Figures.Duration(Math.Max(0, Math.Floor((until - now).TotalSeconds)) * 1000)
                : "paused",
            Tone.Warn);
    }

    private static Command List(CommandKit kit) => kit.Shows(
        "list",
        "all queues with their counts and rates",
        [],
        async session =>
        {
            var answer = await session.GetAsync("/queues");
            var table = NewTable();
            foreach (var queue in answer.Items("queues"))
                AddRow(table, queue, session.Now);
            return View.Of(answer, table, "no queues");
        },
        "abm queues",
        "abm queues --watch 1");

    private static Command Pause(CommandKit kit, Argument<string> name)
    {
        var duration = Durations.Option("--for", "open it again by itself after that time");
        return kit.Does(
            "pause",
            "hand out no tasks of a queue; intake goes on",
            [name, duration],
            async session =>
            {
                var queue = await QueueName.FindAsync(session, session.Get(name)!);
                var milliseconds = session.Get(duration)?.TotalMilliseconds;
                var answer = await session.PostAsync(new Query(queue.Path + "/pause")
                    .Add("for", milliseconds is { } ms ? $"{ms:0}ms" : null).ToString());
                var until = answer.Moment("pausedUntil") is { } end ? " until " + Figures.Moment(end) : "";
                session.Tell(answer, Line.Of($"{queue} is ").Add("paused", Tone.Warn).Add(until));
                return ExitCodes.Done;
            },
            "abm queues pause hello/1 --for 10m",
            "abm queues pause hello");
    }

    private static Command Resume(CommandKit kit, Argument<string> name) => kit.Does(
        "resume",
        "hand out tasks of a paused queue again",
        [name],
        async session =>
        {
            var queue = await QueueName.FindAsync(session, session.Get(name)!);
            var answer = await session.PostAsync(queue.Path + "/resume");
            session.Tell(answer, Line.Of($"{queue} is ").Add("open", Tone.Good));
            return ExitCodes.Done;
        },
        "abm queues resume hello/1");

    private static Command Purge(CommandKit kit, Argument<string> name)
    {
        var states = new Option<string[]>("--state")
        {
            Description = "only tasks of that state; may come several times",
            HelpName = "queued|scheduled|retrying",
        };
        states.AcceptOnlyFromAmong(PurgedStates);
        var yes = TaskFilterOptions.Yes();
        return kit.Does(
            "purge",
            "cancel all tasks of a queue that wait; those that run go on",
            [name, states, yes],
            async session =>
            {
                var queue = await QueueName.FindAsync(session, session.Get(name)!);
                session.Confirm($"Cancel all tasks that wait in {queue}?", session.Get(yes));
                var chosen = session.Get(states) is { Length: > 0 } some ? some : PurgedStates;
                var cancelled = 0.0;
                using var progress = new Progress(session, $"cancelling tasks of {queue}");
                foreach (var state in chosen.Distinct())
                {
                    var path = new Query("/tasks/cancel").Add("state", state).Add("group", queue.Group)
                        .Add("contract", $"{queue.Contract}").ToString();
                    cancelled += (await session.PostAsync(path, isLong: true)).Number("cancelled") ?? 0;
                    progress.Report($"{Figures.Count(cancelled)} so far");
                }

                progress.End();
                session.Tell(
                    JsonWriting.Make(json => json.WriteNumber("cancelled", cancelled)),
                    Line.Of($"{Figures.Count(cancelled)} tasks of {queue} cancelled"));
                return ExitCodes.Done;
            },
            "abm queues purge hello/1",
            "abm queues purge hello/1 --state scheduled --yes");
    }
}
