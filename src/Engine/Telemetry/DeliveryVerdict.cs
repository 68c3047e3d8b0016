namespace ActorBalancer.Engine.Telemetry;

/// <summary>What became of a call of a webhook, as it is counted.</summary>
internal enum DeliveryVerdict : byte
{
    /// <summary>The receiver took it.</summary>
    Delivered,

    /// <summary>It is tried again later.</summary>
    Failed,

    /// <summary>It is given up.</summary>
    Dead,
}
