using ActorBalancer.Engine.Webhooks;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Webhooks;

public sealed class WebhookHeadersTests
{
    [Theory]
    [InlineData("host")]
    [InlineData("Content-Length")]
    [InlineData("content-encoding")]
    [InlineData("content-type")]
    [InlineData("Content-Language")]
    [InlineData("TRANSFER-ENCODING")]
    [InlineData("connection")]
    [InlineData("expect")]
    [InlineData("HTTP2-Settings")]
    [InlineData("keep-alive")]
    [InlineData("proxy-authenticate")]
    [InlineData("proxy-authorization")]
    [InlineData("proxy-connection")]
    [InlineData("te")]
    [InlineData("trailer")]
    [InlineData("upgrade")]
    [InlineData("user-agent")]
    [InlineData("webhook-id")]
    [InlineData("webhook-timestamp")]
    [InlineData("webhook-signature")]
    [InlineData("X-Task-Id")]
    [InlineData("x-task-state")]
    public void IsReserved_SetByTheCallItself_IsTrue(string name) => WebhookHeaders.IsReserved(name).ShouldBeTrue();

    [Theory]
    [InlineData("authorization")]
    [InlineData("x-mine")]
    [InlineData("x-content-")]
    [InlineData("traceparent")]
    public void IsReserved_SendersOwn_IsFalse(string name) => WebhookHeaders.IsReserved(name).ShouldBeFalse();

    [Theory]
    [InlineData("x-mine", true)]
    [InlineData("", false)]
    [InlineData("a b", false)]
    [InlineData("a:b", false)]
    [InlineData("ä", false)]
    [InlineData("a\r\nb", false)]
    public void IsName_Token_IsTrue(string name, bool expected) => WebhookHeaders.IsName(name).ShouldBe(expected);

    [Theory]
    [InlineData("", true)]
    [InlineData("Bearer x\ty", true)]
    [InlineData("é", true)]
    [InlineData("€", false)]
    [InlineData("a\r\nx: y", false)]
    [InlineData("a\0", false)]
    [InlineData("a\u007f", false)]
    public void IsValue_NoControlCharacters_IsTrue(string value, bool expected)
        => WebhookHeaders.IsValue(value).ShouldBe(expected);
}
