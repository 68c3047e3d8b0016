using System.CommandLine;
using System.Text.Json;
using ActorBalancer.Cli.Http;
using ActorBalancer.Cli.Output;

namespace ActorBalancer.Cli.Commands;

/// <summary><c>abm actors</c>: what the balancer is made of, as it lives.</summary>
internal static class ActorCommands
{
    /// <summary>Makes the commands.</summary>
    public static Command Make(CommandKit kit) => kit.Group(
        "actors", "the live tree of actors: tree, show", Tree(kit), Show(kit));

    private static Command Tree(CommandKit kit)
    {
        var depth = new Option<int?>("--depth", "-d") { Description = "only so many levels", HelpName = "levels" };
        var root = new Option<string?>("--root") { Description = "only below that actor", HelpName = "path" };
        var failed = new Option<bool>("--failed")
        {
            Description = "only actors that were restarted or have failed, with those above them",
        };
        return kit.Shows(
            "tree",
            "actors with mailbox lengths, messages processed, restarts and last failures",
            [depth, root, failed],
            async session =>
            {
                var query = new Query("/actors").Add("root", session.Get(root))
                    .Add("depth", session.Get(depth)?.ToString());
                var answer = await session.GetAsync(query.ToString());
                var onlyFailed = session.Get(failed);
                return new View(answer, width => ActorTree.Draw(answer, onlyFailed, session.Now, width));
            },
            "abm actors tree --depth 2",
            "abm actors tree --root /queues --watch",
            "abm actors tree --failed");
    }

    private static Command Show(CommandKit kit)
    {
        var path = new Argument<string>("path") { Description = "path of the actor, such as /queues" };
        return kit.Shows(
            "show",
            "one actor with its children",
            [path],
            async session =>
            {
                var answer = await session.GetAsync(
                    new Query("/actors").Add("root", session.Get(path)).Add("depth", "1").ToString());
                return new View(answer, width => Describe(answer.At("actors"), session.Now, width));
            },
            "abm actors show /queues");
    }

    private static IEnumerable<Line> Describe(JsonElement actor, DateTimeOffset now, int width)
    {
        yield return Field("actor", actor.Text("path"));
        yield return Field("type", actor.Text("type"));
        yield return Field("state", actor.Text("state"));
        yield return Field("mailbox", Figures.Count(actor.Number("mailboxLength")));
        yield return Field("processed", Figures.Count(actor.Number("processed")));
        yield return Field("restarts").Add(
            States.Fault(actor.Number("restarts"), Figures.Count(actor.Number("restarts"))));
        if (actor.At("lastFailure") is { ValueKind: JsonValueKind.Object } failure)
        {
            yield return Field("failure").Add(ActorTree.FailureOf(failure), Tone.Bad)
                .Add($"  {Figures.Age(failure.Moment("at"), now)}", Tone.Dim);
        }

        yield return Field("children", Figures.Count(actor.Number("childCount")));
        var table = ActorTree.NewTable();
        foreach (var child in actor.Items("children"))
            ActorTree.AddRow(table, child, child.Text("path") ?? "", now);
        if (table.Count == 0)
            yield break;
        yield return new Line();
        foreach (var line in table.Draw(width))
            yield return line;
    }

    private static Line Field(string name, string? value = null) => Line.Of(name, Tone.Head).PadTo(11).Add(value);
}
