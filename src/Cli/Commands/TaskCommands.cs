using System.CommandLine;
using ActorBalancer.Cli.Http;
using ActorBalancer.Cli.Live;
using ActorBalancer.Cli.Output;

namespace ActorBalancer.Cli.Commands;

/// <summary><c>abm tasks</c>.</summary>
internal static class TaskCommands
{
    private static readonly string[] States =
        ["scheduled", "queued", "running", "retrying", "succeeded", "dead", "cancelled", "expired"];

    /// <summary>Makes the commands.</summary>
    public static Command Make(CommandKit kit) => kit.Group(
        "tasks",
        "tasks: list, show, submit, wait, retry, cancel",
        List(kit),
        Show(kit),
        SubmitCommand.Make(kit),
        Wait(kit),
        Retry(kit),
        Cancel(kit));

    /// <summary>Queues tasks again: one, or all of a filter.</summary>
    /// <param name="session">The run.</param>
    /// <param name="id">The task; null for the filter.</param>
    /// <param name="filter">Which others.</param>
    /// <param name="state">Their state.</param>
    public static async Task<int> RetryAsync(Session session, string? id, TaskFilterOptions filter, string? state)
    {
        if (id is not null)
        {
            var one = await session.PostAsync($"/task/{Query.Part(id)}/retry");
            session.Tell(one, Line.Of($"{one.Text("taskId")} is ").Add(Output.States.Show(one.Text("state"))));
            return ExitCodes.Done;
        }

        var path = filter.AddTo(session, new Query("/tasks/retry"), state).ToString();
        return await ManyAsync(session, HttpMethod.Post, path, "retried");
    }

    /// <summary>Gives an order about many tasks and tells how many it met.</summary>
    /// <param name="session">The run.</param>
    /// <param name="method">The method.</param>
    /// <param name="path">Path and filter.</param>
    /// <param name="verb">What became of them, and the member that counts them.</param>
    public static async Task<int> ManyAsync(Session session, HttpMethod method, string path, string verb)
    {
        using var progress = new Progress(session, "the balancer is at it");
        var answer = await session.Client.SendAsync(method, path, session.Cancel, isLong: true);
        progress.End();
        session.Tell(answer, Line.Of($"{Figures.Count(answer.Number(verb))} tasks {verb}"));
        return ExitCodes.Done;
    }

    private static Command List(CommandKit kit)
    {
        var filter = new TaskFilterOptions(States);
        var limit = TaskLists.Limit();
        return kit.Shows(
            "list",
            "tasks, newest first",
            [.. filter.All, limit],
            session => TaskLists.ReadAsync(session, filter, session.Get(limit)),
            "abm tasks list --state running",
            "abm tasks list --group hello --tag order-17 --limit 200",
            "abm tasks --json | jq -r '.tasks[].taskId'");
    }

    private static Command Show(CommandKit kit)
    {
        var id = Id();
        return kit.Shows(
            "show",
            "one task with its attempts and its result",
            [id],
            async session =>
            {
                var task = await session.GetAsync("/task/" + Query.Part(session.Get(id)!));
                return new View(task, _ => TaskDetails.Draw(task, session.Now));
            },
            "abm tasks show 019a1b2c-0000-7000-8000-000000000000",
            "abm tasks show ID --json | jq .result");
    }

    private static Command Wait(CommandKit kit)
    {
        var id = Id();
        return kit.Does(
            "wait",
            "wait for a task's end and show it; 1 when it did not succeed. --timeout bounds the wait",
            [id],
            session => TaskFollower.WaitAsync(session, session.Get(id)!, session.Timeout),
            "abm tasks wait ID --timeout 5m");
    }

    private static Command Retry(CommandKit kit)
    {
        var id = Id();
        id.Arity = ArgumentArity.ZeroOrOne;
        var filter = new TaskFilterOptions("dead", "cancelled");
        return kit.Does(
            "retry",
            "run a dead or cancelled task again, or all of a filter",
            [id, .. filter.All],
            session =>
            {
                CheckChoice(session, session.Get(id), filter);
                return RetryAsync(session, session.Get(id), filter, state: null);
            },
            "abm tasks retry ID",
            "abm tasks retry --state dead --group hello");
    }

    private static Command Cancel(CommandKit kit)
    {
        var id = Id();
        id.Arity = ArgumentArity.ZeroOrOne;
        var filter = new TaskFilterOptions("queued", "scheduled", "retrying", "running");
        var yes = TaskFilterOptions.Yes();
        return kit.Does(
            "cancel",
            "call a task off, or all of a filter",
            [id, .. filter.All, yes],
            async session =>
            {
                CheckChoice(session, session.Get(id), filter);
                if (session.Get(id) is { } one)
                {
                    var answer = await session.Client.SendAsync(
                        HttpMethod.Delete, "/task/" + Query.Part(one), session.Cancel);
                    session.Tell(
                        answer, Line.Of($"{answer.Text("taskId")} is ").Add(Output.States.Show(answer.Text("state"))));
                    return ExitCodes.Done;
                }

                session.Confirm($"Cancel all {filter.StateOf(session)} tasks of that filter?", session.Get(yes));
                var path = filter.AddTo(session, new Query("/tasks/cancel")).ToString();
                return await ManyAsync(session, HttpMethod.Post, path, "cancelled");
            },
            "abm tasks cancel ID",
            "abm tasks cancel --state queued --group hello --yes");
    }

    private static Argument<string?> Id() => new("id") { Description = "id of the task" };

    // No slip of the hand means everything.
    private static void CheckChoice(Session session, string? id, TaskFilterOptions filter)
    {
        if (id is not null && filter.IsAnyGiven(session))
            throw CliException.Usage("give an id or a filter, not both");
        if (id is null && filter.StateOf(session) is null)
            throw CliException.Usage("give the id of a task, or --state for all tasks in that state");
    }
}
