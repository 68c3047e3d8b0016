namespace ActorBalancer.Engine.Proxying;

/// <summary>What checks say of a backend.</summary>
internal enum BackendHealth
{
    /// <summary>There was none yet; it gets no traffic.</summary>
    Unknown,

    /// <summary>It may take traffic.</summary>
    Up,

    /// <summary>It gets no traffic.</summary>
    Down,
}
