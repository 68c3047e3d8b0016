using System.Net;
using ActorBalancer.Api.Proxying.Clients;
using ActorBalancer.Engine.Proxying.Options;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Proxying.Clients;

/// <summary>Whom a request is from, with and without trusted proxies.</summary>
public sealed class ClientAddressTests
{
    private static readonly ListenerOptions Trusting = new()
    {
        Port = 0,
        TrustedProxies = new NetworkList([IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("fd00::/8")]),
    };

    [Theory]
    [InlineData("203.0.113.9", "203.0.113.9")]
    [InlineData("203.0.113.9, 10.0.0.2", "203.0.113.9")]
    [InlineData("1.1.1.1, 203.0.113.9, 10.0.0.2", "203.0.113.9")]
    [InlineData("203.0.113.9:5123", "203.0.113.9")]
    [InlineData("2001:db8::1", "2001:db8::1")]
    [InlineData("[2001:db8::1]", "2001:db8::1")]
    [InlineData("[2001:db8::1]:443, fd00::3", "2001:db8::1")]
    [InlineData("::ffff:203.0.113.9", "203.0.113.9")]
    [InlineData("10.0.0.3, 10.0.0.2", "10.0.0.3")]
    [InlineData("evil', 203.0.113.9", "203.0.113.9")]
    [InlineData("203.0.113.9, unknown, 10.0.0.2", "10.0.0.2")]
    [InlineData("203.0.113.9, ", "10.0.0.1")]
    [InlineData("", "10.0.0.1")]
    [InlineData("localhost", "10.0.0.1")]
    [InlineData("1", "10.0.0.1")]
    [InlineData("0x7f.0.0.1", "10.0.0.1")]
    [InlineData("127.1", "10.0.0.1")]
    [InlineData("010.0.0.9", "10.0.0.1")]
    [InlineData("203.0.113.9:", "10.0.0.1")]
    [InlineData("203.0.113.9:123456", "10.0.0.1")]
    [InlineData("203.0.113.256", "10.0.0.1")]
    [InlineData("fe80::1%eth0", "10.0.0.1")]
    [InlineData("[203.0.113.9]", "10.0.0.1")]
    [InlineData("[2001:db8::1", "10.0.0.1")]
    public void Of_TrustedProxy_TakesTheLastAddressThatIsNotTrusted(string header, string expected)
    {
        var context = ContextFrom("10.0.0.1", ("X-Forwarded-For", header));

        ClientAddress.Of(context, Trusting).ShouldBe(IPAddress.Parse(expected));
        ClientAddress.Known(context).ShouldBe(IPAddress.Parse(expected));
    }

    [Theory]
    [InlineData("for=203.0.113.9", "203.0.113.9", false)]
    [InlineData("for=203.0.113.9;proto=https, for=10.0.0.2;proto=http", "203.0.113.9", true)]
    [InlineData("FOR=\"[2001:db8::1]:80\"; Proto=HTTPS ;host=\"a, b\"", "2001:db8::1", true)]
    [InlineData("for=1.1.1.1;proto=https,for=203.0.113.9;proto=http", "203.0.113.9", false)]
    [InlineData("for=\"1.1.1.1,for=203.0.113.9", "203.0.113.9", false)]
    [InlineData("for=203.0.113.9;for=1.1.1.1", "10.0.0.1", false)]
    [InlineData("for=_hidden", "10.0.0.1", false)]
    [InlineData("for=unknown, for=10.0.0.2", "10.0.0.2", false)]
    [InlineData("host=example.org", "10.0.0.1", false)]
    [InlineData("for", "10.0.0.1", false)]
    [InlineData("=;=,\",;", "10.0.0.1", false)]
    public void Of_TrustedProxyThatWritesForwarded_ReadsIt(string header, string expected, bool isTls)
    {
        var context = ContextFrom("10.0.0.1", ("Forwarded", header));

        ClientAddress.Of(context, Trusting).ShouldBe(IPAddress.Parse(expected));
        ClientAddress.IsTls(context).ShouldBe(isTls);
    }

    [Fact]
    public void Of_BothHeaders_BelievesXForwardedForAlone()
    {
        var context = ContextFrom(
            "10.0.0.1", ("X-Forwarded-For", "203.0.113.9"), ("Forwarded", "for=1.1.1.1;proto=https"));

        ClientAddress.Of(context, Trusting).ShouldBe(IPAddress.Parse("203.0.113.9"));
        ClientAddress.IsTls(context).ShouldBeFalse();
    }

    [Fact]
    public void Of_SeveralLines_AreOneList()
    {
        var context = ContextFrom("10.0.0.1");
        context.Request.Headers["X-Forwarded-For"] = new StringValues(["203.0.113.9", "10.0.0.2"]);

        ClientAddress.Of(context, Trusting).ShouldBe(IPAddress.Parse("203.0.113.9"));
    }

    [Fact]
    public void Of_ConnectionThatIsNotTrusted_IsTheClient()
    {
        var context = ContextFrom("192.0.2.7", ("X-Forwarded-For", "10.0.0.9"), ("Forwarded", "for=10.0.0.9"));

        ClientAddress.Of(context, Trusting).ShouldBe(IPAddress.Parse("192.0.2.7"));
    }

    [Fact]
    public void Of_MappedAddressOfATrustedProxy_IsTrusted()
    {
        var context = ContextFrom("::ffff:10.0.0.1", ("X-Forwarded-For", "203.0.113.9"));

        ClientAddress.Of(context, Trusting).ShouldBe(IPAddress.Parse("203.0.113.9"));
    }

    [Fact]
    public void Of_HeaderLongerThanTheBound_IsNotBelieved()
    {
        var header = string.Join(", ", Enumerable.Repeat("203.0.113.9", 1000));
        var context = ContextFrom("10.0.0.1", ("X-Forwarded-For", header));

        ClientAddress.Of(context, Trusting).ShouldBe(IPAddress.Parse("10.0.0.1"));
    }

    [Fact]
    public void Of_MoreHopsThanTheBound_ReadsTheLastHundred()
    {
        var header = "203.0.113.9, " + string.Join(", ", Enumerable.Repeat("10.0.0.2", 120));
        var context = ContextFrom("10.0.0.1", ("X-Forwarded-For", header));

        ClientAddress.Of(context, Trusting).ShouldBe(IPAddress.Parse("10.0.0.2"));
        context.Features.Get<ForwardedChain>().ShouldNotBeNull().Hops.Count.ShouldBe(100);
    }

    [Fact]
    public void TextOf_AddressOfAConnection_IsMadeOnce()
    {
        var address = IPAddress.Parse("203.0.113.9");

        ClientAddress.TextOf(address).ShouldBeSameAs(ClientAddress.TextOf(address));
        ClientAddress.TextOf(IPAddress.Parse("::ffff:203.0.113.9")).ShouldBe("203.0.113.9");
        ClientAddress.TextOf(IPAddress.Parse("fe80::1%3")).ShouldBe("fe80::1");
    }

    internal static DefaultHttpContext ContextFrom(string peer, params (string Name, string Value)[] headers)
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = IPAddress.Parse(peer);
        context.Request.Scheme = "http";
        context.Request.Headers.Host = "example.org";
        foreach (var (name, value) in headers)
            context.Request.Headers[name] = value;
        return context;
    }
}
