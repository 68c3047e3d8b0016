namespace ActorBalancer.Engine.Proxying;

/// <summary>What real traffic shows of a backend.</summary>
internal enum Suspicion
{
    /// <summary>Nothing, or nothing new.</summary>
    None,

    /// <summary>As many failures in a row as eject.</summary>
    FailuresInARow,

    /// <summary>As great a share of 5xx answers as ejects, if the others have fewer.</summary>
    ErrorRate,
}
