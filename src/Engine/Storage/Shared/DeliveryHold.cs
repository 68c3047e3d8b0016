namespace ActorBalancer.Engine.Storage.Shared;

/// <summary>How long a delivery stays with the node that has it.</summary>
internal static class DeliveryHold
{
    /// <summary>Milliseconds after its due time: long enough for a try and the wait in a slow host's line. The scripts of
    /// Redis know it as DELIVERY_MS. Source: ours, twelve times the usual time of a try.</summary>
    public const long Milliseconds = 60_000;
}
