namespace ActorBalancer.Cli.Live;

/// <summary>What the full screen shows below the figures.</summary>
internal enum TopView
{
    /// <summary>Some of everything.</summary>
    Overview,

    /// <summary>Queues alone.</summary>
    Queues,

    /// <summary>Workers alone.</summary>
    Workers,
}
