namespace ActorBalancer.Api.Configuration;

/// <summary>What a process of the cluster does; the names are those of MODE.</summary>
internal enum NodeRole
{
    /// <summary>Everything.</summary>
    None,

    /// <summary>Owns workers and runs tasks; listens to nobody.</summary>
    Master,

    /// <summary>Serves the HTTP API and the proxy; owns no workers.</summary>
    Worker,
}
