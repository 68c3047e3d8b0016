namespace ActorBalancer.Engine.Proxying;

/// <summary>Who may enter a backend now. In the order of how wide it stands open.</summary>
internal enum BackendGate
{
    /// <summary>Nobody: down by a check or by order, ejected, drained, or not checked yet.</summary>
    Closed,

    /// <summary>Those whose cookie names it: it drains.</summary>
    Sessions,

    /// <summary>Everybody.</summary>
    Open,
}
