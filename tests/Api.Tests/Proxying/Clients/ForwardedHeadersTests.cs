using System.Net;
using System.Net.Http.Headers;
using ActorBalancer.Api.Proxying.Clients;
using ActorBalancer.Engine.Proxying.Options;
using Microsoft.AspNetCore.Http;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Proxying.Clients;

/// <summary>What a backend is told of the client.</summary>
public sealed class ForwardedHeadersTests
{
    private static readonly ListenerOptions Plain = new() { Port = 0 };

    private static readonly ListenerOptions Trusting = Plain with
    {
        TrustedProxies = new NetworkList([IPNetwork.Parse("10.0.0.0/8")]),
    };

    [Theory]
    [InlineData("X-Forwarded-For")]
    [InlineData("x-forwarded-port")]
    [InlineData("X-Forwarded-Prefix")]
    [InlineData("X-Forwarded-Anything-New")]
    [InlineData("X_Forwarded_For")]
    [InlineData("X-Forwarded_For")]
    [InlineData("FORWARDED")]
    [InlineData("X-Real-IP")]
    [InlineData("X_Real_Ip")]
    [InlineData("X-Original-URL")]
    [InlineData("X-Rewrite-URL")]
    [InlineData("X-Internal-User")]
    [InlineData("True-Client-IP")]
    [InlineData("CF-Connecting-IP")]
    [InlineData("X-Envoy-External-Address")]
    public void Owns_NameByWhichClientsLie_IsTrue(string name) => ForwardedHeaders.Owns(name).ShouldBeTrue();

    [Theory]
    [InlineData("")]
    [InlineData("Host")]
    [InlineData("Cookie")]
    [InlineData("X-Request-ID")]
    [InlineData("X-Forwarding")]
    [InlineData("Content-Type")]
    [InlineData("From")]
    [InlineData("TE")]
    [InlineData("Connection")]
    public void Owns_OtherName_IsFalse(string name) => ForwardedHeaders.Owns(name).ShouldBeFalse();

    [Fact]
    public void Write_ByDefault_TellsOfTheConnectionAlone()
    {
        var context = ClientAddressTests.ContextFrom(
            "192.0.2.7", ("X-Forwarded-For", "1.1.1.1"), ("X-Forwarded-Proto", "https"), ("Forwarded", "for=1.1.1.1"));

        Written(context, Plain).ShouldBe(
        [
            "X-Forwarded-For: 192.0.2.7", "X-Forwarded-Proto: http", "X-Forwarded-Host: example.org",
            "Forwarded: for=192.0.2.7;host=example.org;proto=http",
        ]);
    }

    [Fact]
    public void Write_IPv6TlsAndPort_AreQuoted()
    {
        var context = ClientAddressTests.ContextFrom("2001:db8::7");
        context.Request.Headers.Host = "[2001:db8::1]:8443";
        context.Request.Scheme = "https";

        Written(context, Plain).ShouldBe(
        [
            "X-Forwarded-For: 2001:db8::7", "X-Forwarded-Proto: https", "X-Forwarded-Host: [2001:db8::1]:8443",
            "Forwarded: for=\"[2001:db8::7]\";host=\"[2001:db8::1]:8443\";proto=https",
        ]);
    }

    [Fact]
    public void Write_NoAddressAndNoHost_SaysUnknown()
    {
        var context = new DefaultHttpContext { Request = { Scheme = "http" } };

        Written(context, Plain).ShouldBe(["X-Forwarded-Proto: http", "Forwarded: for=unknown;proto=http"]);
    }

    [Fact]
    public void Write_TrustedProxy_AppendsItToWhatItSaid()
    {
        var context = ClientAddressTests.ContextFrom(
            "10.0.0.1", ("X-Forwarded-For", "203.0.113.9, 10.0.0.2"), ("X-Forwarded-Proto", "https"),
            ("X-Forwarded-Host", "shop.example:8443"), ("X-Forwarded-Prefix", "/shop"), ("X-Real-IP", "203.0.113.9"),
            ("X_Forwarded_For", "6.6.6.6"), ("Accept", "*/*"));

        Written(context, Trusting).ShouldBe(
        [
            "X-Forwarded-For: 203.0.113.9, 10.0.0.2, 10.0.0.1", "X-Forwarded-Proto: https",
            "X-Forwarded-Host: shop.example:8443",
            "Forwarded: for=203.0.113.9;host=\"shop.example:8443\";proto=https, for=10.0.0.2, for=10.0.0.1",
            "X-Forwarded-Prefix: /shop", "X-Real-IP: 203.0.113.9",
        ]);
    }

    [Fact]
    public void Write_TrustedProxyThatWritesForwarded_AppendsItToo()
    {
        var context = ClientAddressTests.ContextFrom(
            "10.0.0.1", ("Forwarded", "for=\"[2001:db8::9]:77\";proto=https;host=shop.example"));

        Written(context, Trusting).ShouldBe(
        [
            "X-Forwarded-For: 2001:db8::9, 10.0.0.1", "X-Forwarded-Proto: https", "X-Forwarded-Host: shop.example",
            "Forwarded: for=\"[2001:db8::9]\";host=shop.example;proto=https, for=10.0.0.1",
        ]);
    }

    [Theory]
    [InlineData("X-Forwarded-For", "<script>")]
    [InlineData("X-Forwarded-Proto", "javascript")]
    [InlineData("X-Forwarded-Host", "a\" b")]
    [InlineData("X-Forwarded-Host", "evil/..")]
    [InlineData("X-Forwarded-Host", "a:b")]
    [InlineData("X-Forwarded-Host", ":80")]
    public void Write_MalformedWordOfATrustedProxy_IsDropped(string name, string value)
    {
        var context = ClientAddressTests.ContextFrom("10.0.0.1", (name, value));

        Written(context, Trusting).ShouldBe(
        [
            "X-Forwarded-For: 10.0.0.1", "X-Forwarded-Proto: http", "X-Forwarded-Host: example.org",
            "Forwarded: for=10.0.0.1;host=example.org;proto=http",
        ]);
    }

    [Fact]
    public void Write_ListsOfATrustedProxy_TheLastValueCounts()
    {
        var context = ClientAddressTests.ContextFrom(
            "10.0.0.1", ("X-Forwarded-Proto", "http, https"), ("X-Forwarded-Host", "lie.example, shop.example"));

        var lines = Written(context, Trusting);

        lines.ShouldContain("X-Forwarded-Proto: https");
        lines.ShouldContain("X-Forwarded-Host: shop.example");
    }

    private static string[] Written(HttpContext context, ListenerOptions listener)
    {
        using var message = new HttpRequestMessage();
        ForwardedHeaders.Write(message.Headers, context, listener);
        return [.. message.Headers.NonValidated.SelectMany(Lines)];
    }

    private static IEnumerable<string> Lines(KeyValuePair<string, HeaderStringValues> header) =>
        header.Value.Select(value => $"{header.Key}: {value}");
}
