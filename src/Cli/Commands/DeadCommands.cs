using System.CommandLine;
using ActorBalancer.Cli.Http;

namespace ActorBalancer.Cli.Commands;

/// <summary><c>abm dead</c>: tasks that failed for good.</summary>
internal static class DeadCommands
{
    private const string State = "dead";

    /// <summary>Makes the commands.</summary>
    public static Command Make(CommandKit kit) => kit.Group(
        "dead", "dead tasks: list, retry, purge", List(kit), Retry(kit), Purge(kit));

    private static Command List(CommandKit kit)
    {
        var filter = new TaskFilterOptions();
        var limit = TaskLists.Limit();
        return kit.Shows(
            "list",
            "tasks that failed for good, newest first",
            [.. filter.All, limit],
            session => TaskLists.ReadAsync(session, filter, session.Get(limit), State),
            "abm dead",
            "abm dead list --group hello --limit 10");
    }

    private static Command Retry(CommandKit kit)
    {
        var id = new Argument<string?>("id") { Description = "id of the task", Arity = ArgumentArity.ZeroOrOne };
        var filter = new TaskFilterOptions();
        var all = new Option<bool>("--all") { Description = "all dead tasks" };
        return kit.Does(
            "retry",
            "run one of them again, or those of a filter, or all",
            [id, .. filter.All, all],
            session =>
            {
                var choices = (session.Get(id) is null ? 0 : 1) + (filter.IsAnyGiven(session) ? 1 : 0)
                    + (session.Get(all) ? 1 : 0);
                return choices == 1
                    ? TaskCommands.RetryAsync(session, session.Get(id), filter, State)
                    : throw CliException.Usage("give the id of a task, or a filter, or --all");
            },
            "abm dead retry ID",
            "abm dead retry --group hello --function ship",
            "abm dead retry --all");
    }

    private static Command Purge(CommandKit kit)
    {
        var filter = new TaskFilterOptions();
        var yes = TaskFilterOptions.Yes();
        return kit.Does(
            "purge",
            "forget those of a filter, or all when none is given",
            [.. filter.All, yes],
            session =>
            {
                var which = filter.IsAnyGiven(session) ? "all dead tasks of that filter" : "ALL dead tasks";
                session.Confirm($"Forget {which}?", session.Get(yes));
                var path = filter.AddTo(session, new Query("/tasks"), State).ToString();
                return TaskCommands.ManyAsync(session, HttpMethod.Delete, path, "deleted");
            },
            "abm dead purge --group hello",
            "abm dead purge --yes");
    }
}
