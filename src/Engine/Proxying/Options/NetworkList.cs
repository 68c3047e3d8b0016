using System.Net;

namespace ActorBalancer.Engine.Proxying.Options;

/// <summary>Networks in CIDR form. Immutable; equal when it holds the same networks in the same order.</summary>
public sealed class NetworkList(IReadOnlyList<IPNetwork> networks) : IEquatable<NetworkList>
{
    /// <summary>No network.</summary>
    public static NetworkList Empty { get; } = new([]);

    /// <summary>The networks.</summary>
    public IReadOnlyList<IPNetwork> Networks => networks;

    /// <summary>True when one of the networks holds the address; an IPv4 address mapped into IPv6 counts as
    /// IPv4.</summary>
    public bool Contains(IPAddress? address)
    {
        if (address is null || networks.Count == 0)
            return false;
        address = address.Unmap();
        foreach (var network in networks)
        {
            if (network.Contains(address))
                return true;
        }

        return false;
    }

    /// <inheritdoc/>
    public bool Equals(NetworkList? other) => other is not null && networks.SequenceEqual(other.Networks);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as NetworkList);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var network in networks)
            hash.Add(network);
        return hash.ToHashCode();
    }
}
