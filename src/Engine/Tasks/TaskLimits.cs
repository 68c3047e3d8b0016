namespace ActorBalancer.Engine.Tasks;

/// <summary>Limits of a task's members that hold at every door.</summary>
public static class TaskLimits
{
    /// <summary>The lowest priority that a task may have. Source: the Andera worker's own limit.</summary>
    public const int PriorityMax = 2_097_152;

    /// <summary>Longest group or function name in characters. Source: ours; long enough for any identifier.</summary>
    public const int NameLengthMax = 256;

    /// <summary>Longest tag in characters. Source: ours.</summary>
    public const int TagLengthMax = 128;

    /// <summary>Longest ordering key in characters. Source: ours; as long as a name.</summary>
    public const int OrderingKeyLengthMax = 256;

    /// <summary>Deepest nesting of a task's JSON. Source: the default of System.Text.Json.</summary>
    public const int JsonDepthMax = 64;
}
