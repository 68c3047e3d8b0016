namespace ActorBalancer.Api.Status;

/// <summary>What a stream of events can be about.</summary>
internal enum EventTopic
{
    /// <summary>The body of <c>GET /status</c>, every second.</summary>
    Status,

    /// <summary>Each new point of the history.</summary>
    History,

    /// <summary>The body of <c>GET /queues</c>, when it changes.</summary>
    Queues,

    /// <summary>The body of <c>GET /workers</c>, when it changes.</summary>
    Workers,

    /// <summary>The body of <c>GET /proxy</c>, when it changes.</summary>
    Proxy,

    /// <summary>The body of <c>GET /nodes</c>, when it changes.</summary>
    Nodes,

    /// <summary>Each alert.</summary>
    Alerts,
}
