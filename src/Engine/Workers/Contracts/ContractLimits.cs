using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Workers.Contracts;

/// <summary>Bounds of what a worker may declare as its interface; a worker beyond them is invalid.</summary>
public static class ContractLimits
{
    /// <summary>Deepest nesting inside the parameters of a function, in levels; as for a task's JSON.</summary>
    public const int DepthMax = TaskLimits.JsonDepthMax;

    /// <summary>
    /// Longest interface, in characters of its function names and canonical parameters. Source: ours; a thousand
    /// functions of a thousand characters each.
    /// </summary>
    public const int LengthMax = 1_048_576;

    /// <summary>Longest reason for a mismatch, in characters. Source: ours; a line of a log or a dashboard.</summary>
    public const int ReasonLengthMax = 512;
}
