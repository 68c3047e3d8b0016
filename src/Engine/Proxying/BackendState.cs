namespace ActorBalancer.Engine.Proxying;

/// <summary>What operators want of a backend; its health is another matter.</summary>
public enum BackendState
{
    /// <summary>Takes requests while it is healthy.</summary>
    Active,

    /// <summary>Takes only those of its sessions, until they have ended.</summary>
    Drain,

    /// <summary>Takes none.</summary>
    Down,
}

/// <summary>Answer to an order about a backend.</summary>
public enum OrderAnswer
{
    /// <summary>Carried out, or was so already.</summary>
    Done,

    /// <summary>No such backend in the pool.</summary>
    Unknown,
}
