namespace ActorBalancer.Cli.Output;

/// <summary>What a piece of text means to its reader; where colours are allowed, each has its own.</summary>
internal enum Tone
{
    /// <summary>Ordinary text.</summary>
    Plain,

    /// <summary>A heading.</summary>
    Head,

    /// <summary>Of less weight.</summary>
    Dim,

    /// <summary>As it should be.</summary>
    Good,

    /// <summary>Worth a look.</summary>
    Warn,

    /// <summary>Broken.</summary>
    Bad,

    /// <summary>A figure or a bar.</summary>
    Accent,
}
