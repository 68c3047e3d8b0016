namespace ActorBalancer.Engine.Tasks;

/// <summary>How the client wants to get the result.</summary>
public enum TaskMode : byte
{
    /// <summary>As the answer to the request. The default.</summary>
    Sync,

    /// <summary>As chunks while the worker makes them.</summary>
    Stream,

    /// <summary>By a call of ours to the client's URL.</summary>
    Webhook,

    /// <summary>By asking for it later with the task's id.</summary>
    Async,
}
