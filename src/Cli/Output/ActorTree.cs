using System.Text.Json;

namespace ActorBalancer.Cli.Output;

/// <summary>Draws the tree of actors.</summary>
internal static class ActorTree
{
    /// <summary>Levels that are drawn: a guard against an answer that would fill the stack. Source: far above any real
    /// tree.</summary>
    private const int DepthMax = 200;

    /// <summary>The tree and below it how many actors there are.</summary>
    /// <param name="answer">The balancer's answer.</param>
    /// <param name="onlyFailed">Leaves out all but those that failed and those above them.</param>
    /// <param name="now">The moment.</param>
    /// <param name="width">Columns of the terminal.</param>
    public static IEnumerable<Line> Draw(JsonElement answer, bool onlyFailed, DateTimeOffset now, int width)
    {
        var table = NewTable();
        var root = answer.At("actors");
        if (!onlyFailed || HasFailed(root, DepthMax))
            Add(table, root, root.Text("path") ?? "/", "", "", onlyFailed, now, DepthMax);
        foreach (var line in table.Count > 0 ? table.Draw(width) : [Line.Of("no actor has failed", Tone.Good)])
            yield return line;
        yield return Line.Of($"{Figures.Count(answer.Number("count"))} actors", Tone.Dim);
    }

    /// <summary>The columns of a table of actors.</summary>
    public static Table NewTable() => new(
        new("ACTOR", Min: 24), new("TYPE", Min: 8), "STATE", new("MAILBOX", IsRight: true),
        new("PROCESSED", IsRight: true), new("RESTARTS", IsRight: true), new("LAST FAILURE", Min: 10));

    /// <summary>Adds an actor to such a table.</summary>
    public static void AddRow(Table table, JsonElement actor, string name, DateTimeOffset now)
    {
        var mailbox = actor.Number("mailboxLength");
        var failure = actor.At("lastFailure");
        table.Add(
            name,
            new Piece(ShortType(actor.Text("type")), Tone.Dim),
            StateOf(actor.Text("state")),
            new Piece(Figures.Short(mailbox), mailbox > 100 ? Tone.Warn : Tone.Plain),
            Figures.Short(actor.Number("processed")),
            States.Fault(actor.Number("restarts"), Figures.Short(actor.Number("restarts"))),
            failure.ValueKind == JsonValueKind.Object
                ? new Piece($"{Figures.Age(failure.Moment("at"), now)}: {FailureOf(failure)}", Tone.Bad)
                : "");
    }

    /// <summary>A failure in one text.</summary>
    public static string FailureOf(JsonElement failure) =>
        $"{ShortType(failure.Text("type"))}: {failure.Text("message")}";

    private static void Add(
        Table table,
        JsonElement actor,
        string name,
        string above,
        string below,
        bool onlyFailed,
        DateTimeOffset now,
        int levels)
    {
        AddRow(table, actor, above + name, now);
        if (levels == 0)
            return;
        var children = actor.Items("children").Where(child => !onlyFailed || HasFailed(child, levels - 1)).ToArray();
        var path = actor.Text("path") ?? "";
        for (var i = 0; i < children.Length; i++)
        {
            var isLast = i == children.Length - 1;
            Add(
                table,
                children[i],
                LastName(children[i], path),
                below + (isLast ? "└─ " : "├─ "),
                below + (isLast ? "   " : "│  "),
                onlyFailed,
                now,
                levels - 1);
        }

        var hidden = (actor.Number("childCount") ?? 0) - actor.Items("children").Count();
        if (hidden > 0 && !onlyFailed)
            table.Add(new Piece($"{below}└─ ... {hidden:0} more", Tone.Dim), "", "", "", "", "", "");
    }

    private static bool HasFailed(JsonElement actor, int levels) =>
        actor.Number("restarts") > 0 || actor.At("lastFailure").ValueKind == JsonValueKind.Object
        || (levels > 0 && actor.Items("children").Any(child => HasFailed(child, levels - 1)));

    private static string LastName(JsonElement actor, string parent)
    {
        var path = actor.Text("path") ?? "?";
        var start = parent.TrimEnd('/') + "/";
        return path.StartsWith(start, StringComparison.Ordinal) && path.Length > start.Length
            ? path[start.Length..]
            : path;
    }

    private static Piece StateOf(string? state) => new(
        state ?? Figures.None,
        state is null or "running" or "idle" or "active" or "Running" or "Idle" ? Tone.Plain : Tone.Warn);

    // Namespaces say little here and take much room.
    private static string ShortType(string? type)
    {
        if (type is null)
            return Figures.None;
        var end = type.IndexOfAny(['`', '[', '<']);
        var dot = type.LastIndexOf('.', (end < 0 ? type.Length : end) - 1);
        return dot < 0 ? type : type[(dot + 1)..];
    }
}
