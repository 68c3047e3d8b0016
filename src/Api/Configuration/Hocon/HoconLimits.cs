namespace ActorBalancer.Api.Configuration.Hocon;

/// <summary>
/// Bounds of what the reader accepts. A configuration of ours is a few kilobytes; the bounds are ours, chosen wide
/// enough for any real file and small enough that a wrong or hostile one ends in an error and not in a dead process.
/// </summary>
internal static class HoconLimits
{
    /// <summary>Largest single file in bytes.</summary>
    public const int FileBytesMax = 1024 * 1024;

    /// <summary>All files read for one configuration, in bytes; bounds a file that is included many times.</summary>
    public const int TotalBytesMax = 8 * 1024 * 1024;

    /// <summary>Deepest nesting of objects, lists and dotted keys. The same as System.Text.Json's default.</summary>
    public const int DepthMax = 64;

    /// <summary>Deepest chain of files that include each other.</summary>
    public const int IncludeDepthMax = 16;

    /// <summary>
    /// Deepest chain of questions while one value is resolved; one takes about half a kilobyte of the stack. A list
    /// that grows by <c>+=</c> needs four for each item.
    /// </summary>
    public const int ResolveDepthMax = 1024;

    /// <summary>Deepest nesting after substitution, which may put objects into objects.</summary>
    public const int ResolvedNestingMax = 256;

    /// <summary>Most values that are looked at while substitutions are resolved.</summary>
    public const int ResolveStepsMax = 2_000_000;

    /// <summary>Largest resolved configuration: values plus the characters of their texts.</summary>
    public const long WeightMax = 8 * 1024 * 1024;
}
