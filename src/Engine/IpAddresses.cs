using System.Net;

namespace ActorBalancer.Engine;

/// <summary>What .NET's addresses lack.</summary>
public static class IpAddresses
{
    /// <summary>An IPv4 address that was mapped into IPv6 (<c>::ffff:a.b.c.d</c>, as sockets for both families show it)
    /// as IPv4; any other as it is.</summary>
    public static IPAddress Unmap(this IPAddress address) =>
        address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
