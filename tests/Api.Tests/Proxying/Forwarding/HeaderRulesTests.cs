using ActorBalancer.Api.Proxying.Forwarding;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Proxying.Forwarding;

public sealed class HeaderRulesTests
{
    [Theory]
    [InlineData("X-Mine", "X-Mine", true)]
    [InlineData("keep-alive, x-mine", "X-Mine", true)]
    [InlineData("keep-alive,\tX-Mine ,close", "X-Mine", true)]
    [InlineData("keep-alive", "X-Mine", false)]
    [InlineData("X-Mine-Too", "X-Mine", false)]
    [InlineData("authorization", "Authorization", false)]
    [InlineData("x-forwarded-for", "X-Forwarded-For", false)]
    [InlineData("", "X-Mine", false)]
    public void IsNamed_KnowsWhatConnectionMayRemove(string connection, string name, bool expected) =>
        HeaderRules.IsNamed(connection, name).ShouldBe(expected);

    [Theory]
    [InlineData("connection")]
    [InlineData("Keep-Alive")]
    [InlineData("proxy-connection")]
    [InlineData("Proxy-Authenticate")]
    [InlineData("PROXY-AUTHORIZATION")]
    [InlineData("proxy")]
    [InlineData("te")]
    [InlineData("Trailer")]
    [InlineData("transfer-encoding")]
    [InlineData("upgrade")]
    [InlineData("http2-settings")]
    public void IsHopByHop_AnyCase_IsTrue(string name) => HeaderRules.IsHopByHop(name).ShouldBeTrue();
}
