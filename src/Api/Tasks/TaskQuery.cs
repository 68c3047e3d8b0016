using System.Buffers.Text;
using System.Globalization;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Api.Tasks;

/// <summary>The parameters of the requests that are about many tasks. Immutable.</summary>
internal sealed record TaskQuery
{
    private const int LimitMax = 1000;
    private const int LimitDefault = 50;
    private const int IdBytes = 16;

    private static readonly string[] FilterNames = ["state", "group", "contract", "function", "tag", "webhook"];
    private static readonly string[] PageNames = [.. FilterNames, "cursor", "limit"];

    /// <summary>Which tasks.</summary>
    public TaskFilter Filter { get; private init; } = new();

    /// <summary>Only older ones than this; null from the newest.</summary>
    public TaskId? Before { get; private init; }

    /// <summary>At most so many.</summary>
    public int Limit { get; private init; } = LimitDefault;

    /// <summary>Reads the parameters of a list.</summary>
    /// <returns>Null when all are right.</returns>
    public static EdgeError? TakePage(IQueryCollection parameters, out TaskQuery query) =>
        Take(parameters, PageNames, out query);

    /// <summary>Reads the parameters of an order about many tasks, which must name a state.</summary>
    /// <param name="parameters">The request's.</param>
    /// <param name="isAllowed">Which states the order is for.</param>
    /// <param name="rule">The same in words.</param>
    /// <param name="query">The filter; the rest has no meaning.</param>
    /// <returns>Null when all are right.</returns>
    public static EdgeError? TakeOrder(
        IQueryCollection parameters, Func<TaskState, bool> isAllowed, string rule, out TaskQuery query)
    {
        if (Take(parameters, FilterNames, out query) is { } error)
            return error;
        if (query.Filter.State is not { } state)
            return QueryErrors.Missing("state", rule);
        return isAllowed(state) ? null : QueryErrors.Wrong("state", rule, parameters["state"]);
    }

    /// <summary>What <c>cursor</c> says for the page that begins behind a task.</summary>
    public static string CursorOf(TaskId id)
    {
        Span<byte> bytes = stackalloc byte[IdBytes];
        id.Value.TryWriteBytes(bytes, bigEndian: true, out _);
        return Base64Url.EncodeToString(bytes);
    }

    private static EdgeError? Take(IQueryCollection parameters, string[] names, out TaskQuery query)
    {
        query = new TaskQuery();
        foreach (var (name, values) in parameters)
        {
            if (Array.IndexOf(names, name) < 0)
                return QueryErrors.Unknown(name, names);
            if (values.Count != 1)
                return QueryErrors.Wrong(name, "given once", values);
            if (query.With(name, values[0] ?? "", out var rule) is not { } next)
                return QueryErrors.Wrong(name, rule, values);
            query = next;
        }

        return null;
    }

    // Null when the value breaks the rule.
    private TaskQuery? With(string name, string value, out string rule)
    {
        rule = $"a text of 1 to {TaskLimits.NameLengthMax} characters";
        switch (name)
        {
            case "state":
                rule = "scheduled, queued, running, retrying, succeeded, dead, cancelled or expired";
                return StateNames.TryParse(value, out TaskState state) ? With(Filter with { State = state }) : null;
            case "webhook":
                rule = "pending, delivered or dead";
                return StateNames.TryParse(value, out WebhookDeliveryState delivery)
                    ? With(Filter with { Delivery = delivery })
                    : null;
            case "contract":
                rule = $"a whole number from 0 to {int.MaxValue}";
                return TryParse(value, out var contract) ? With(Filter with { Contract = contract }) : null;
            case "limit":
                rule = $"a whole number from 1 to {LimitMax}";
                return TryParse(value, out var limit) && limit is >= 1 and <= LimitMax
                    ? this with { Limit = limit }
                    : null;
            case "cursor":
                rule = "the cursor of an earlier page";
                return TryReadCursor(value, out var before) ? this with { Before = before } : null;
            case "tag":
                rule = $"a text of 1 to {TaskLimits.TagLengthMax} characters";
                return value.Length is >= 1 and <= TaskLimits.TagLengthMax ? With(Filter with { Tag = value }) : null;
            case "group":
                return IsName(value) ? With(Filter with { Group = value }) : null;
            default:
                return IsName(value) ? With(Filter with { Function = value }) : null;
        }
    }

    private TaskQuery With(TaskFilter filter) => this with { Filter = filter };

    private static bool IsName(string value) => value.Length is >= 1 and <= TaskLimits.NameLengthMax;

    private static bool TryParse(string value, out int number) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static bool TryReadCursor(string value, out TaskId before)
    {
        before = default;
        Span<byte> bytes = stackalloc byte[IdBytes];
        if (value.Length != Base64Url.GetEncodedLength(IdBytes) || !Base64Url.IsValid(value)
            || !Base64Url.TryDecodeFromChars(value, bytes, out var written) || written != IdBytes)
        {
            return false;
        }

        before = new TaskId(new Guid(bytes, bigEndian: true));
        return true;
    }
}
