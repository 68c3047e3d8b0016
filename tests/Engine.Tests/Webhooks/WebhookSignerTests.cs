using ActorBalancer.Engine.Webhooks;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Webhooks;

public sealed class WebhookSignerTests
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    // The vector that the specification's own libraries test with; computed again with Python's hmac:
    // base64(hmac.new(b64decode("MfKQ..."), b'msg_p5jX....1614265330.{"test": 2432232314}', sha256).digest())
    [Fact]
    public void Sign_VectorOfTheSpecification_GivesItsSignature()
        => new WebhookSigner([Secret])
            .Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, """{"test": 2432232314}"""u8)
            .ShouldBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");

    // Computed with Python's hmac over b'msg_1.1700000000.{"a":1}' under the secret's UTF-8 bytes.
    [Fact]
    public void Sign_SecretWithoutPrefix_IsTakenAsUtf8()
        => new WebhookSigner(["sécret"]).Sign("msg_1", 1700000000, """{"a":1}"""u8)
            .ShouldBe("v1,fCDR9rVGBp0AmTIkuS4bIx4pXOfxuhQ39bECL06Lufg=");

    [Fact]
    public void Sign_TwoSecrets_GivesBothSignaturesNewestFirst()
    {
        var both = new WebhookSigner(["new", Secret]).Sign("id", 1, "body"u8)!.Split(' ');

        both.ShouldBe([
            new WebhookSigner(["new"]).Sign("id", 1, "body"u8)!, new WebhookSigner([Secret]).Sign("id", 1, "body"u8)!,
        ]);
    }

    [Fact]
    public void Sign_NoSecret_GivesNone() => new WebhookSigner([]).Sign("id", 1, "body"u8).ShouldBeNull();

    [Theory]
    [InlineData("")]
    [InlineData("whsec_")]
    [InlineData("whsec_not base64!")]
    public void Create_SecretThatCannotBeRead_SaysWhichWithoutShowingIt(string secret)
    {
        var error = Should.Throw<ArgumentException>(() => new WebhookSigner(["good", secret]));

        error.Message.ShouldContain("Webhook secret 2");
        error.Message.ShouldNotContain("not base64!");
    }
}
