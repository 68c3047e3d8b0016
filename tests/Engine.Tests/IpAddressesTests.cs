using System.Net;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests;

public sealed class IpAddressesTests
{
    [Theory]
    [InlineData("::ffff:10.1.2.3", "10.1.2.3")]
    [InlineData("10.1.2.3", "10.1.2.3")]
    [InlineData("::1", "::1")]
    [InlineData("::10.1.2.3", "::10.1.2.3")]
    [InlineData("fe80::1%3", "fe80::1%3")]
    public void Unmap_Address_IsIPv4WhereItStandsForOne(string text, string expected) =>
        IPAddress.Parse(text).Unmap().ShouldBe(IPAddress.Parse(expected));

    [Fact]
    public void Unmap_AddressThatIsNotMapped_IsNotCopied()
    {
        var address = IPAddress.Parse("2001:db8::1");
        address.Unmap().ShouldBeSameAs(address);
    }
}
