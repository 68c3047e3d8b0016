using System.CommandLine;
using ActorBalancer.Cli.Http;

namespace ActorBalancer.Cli.Commands;

/// <summary>The options that say which tasks are meant. Immutable once made.</summary>
internal sealed class TaskFilterOptions
{
    private readonly Option<string?>? _state;
    private readonly Option<string?> _group = Make("--group", "only tasks of that group", "name");
    private readonly Option<int?> _contract = new("--contract")
    {
        Description = "only tasks of that contract",
        HelpName = "number",
    };

    private readonly Option<string?> _function = Make("--function", "only tasks of that function", "name");
    private readonly Option<string?> _tag = Make("--tag", "only tasks with that tag", "text");
    private readonly Option<string?> _webhook = Make(
        "--webhook", "only tasks whose delivery is in that state", "pending|delivered|dead");

    /// <summary>The options.</summary>
    /// <param name="states">The states that may be named; none when the command means one of its own.</param>
    public TaskFilterOptions(params string[] states)
    {
        _webhook.AcceptOnlyFromAmong("pending", "delivered", "dead");
        if (states.Length == 0)
            return;
        _state = Make("--state", "only tasks in that state", string.Join('|', states));
        _state.AcceptOnlyFromAmong(states);
    }

    /// <summary>All of them.</summary>
    public IEnumerable<Symbol> All =>
        _state is null ? [_group, _contract, _function, _tag, _webhook]
            : [_state, _group, _contract, _function, _tag, _webhook];

    /// <summary>The option that says yes beforehand.</summary>
    public static Option<bool> Yes() => new("--yes", "-y") { Description = "do not ask" };

    /// <summary>The state that was named; null when none was.</summary>
    public string? StateOf(Session session) => _state is null ? null : session.Get(_state);

    /// <summary>True when any of them was given.</summary>
    public bool IsAnyGiven(Session session) => All.OfType<Option>()
        .Any(option => session.Parse.GetResult(option) is { Implicit: false });

    /// <summary>Puts the filter into a query.</summary>
    /// <param name="session">The run.</param>
    /// <param name="query">Gets the parameters.</param>
    /// <param name="state">The state; null for the one that was named.</param>
    public Query AddTo(Session session, Query query, string? state = null) => query
        .Add("state", state ?? StateOf(session))
        .Add("group", session.Get(_group))
        .Add("contract", session.Get(_contract)?.ToString())
        .Add("function", session.Get(_function))
        .Add("tag", session.Get(_tag))
        .Add("webhook", session.Get(_webhook));

    private static Option<string?> Make(string name, string description, string helpName) => new(name)
    {
        Description = description,
        HelpName = helpName,
    };
}
