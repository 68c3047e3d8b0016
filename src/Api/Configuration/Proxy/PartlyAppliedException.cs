namespace ActorBalancer.Api.Configuration.Proxy;

/// <summary>A configuration of the proxy counts now, but for what the message names.</summary>
internal sealed class PartlyAppliedException(IReadOnlyList<string> faults) : IOException(string.Join(' ', faults))
{
    /// <summary>A sentence or more for each thing that is not as the configuration says.</summary>
    public IReadOnlyList<string> Faults => faults;
}
