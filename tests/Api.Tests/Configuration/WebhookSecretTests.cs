using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Configuration;

public sealed class WebhookSecretTests : IDisposable
{
    private const string Allowed = "allowed: 1 to 2 of printable ASCII, the newest first, with a space or comma between, "
        + "at most 1024 characters each; behind 'whsec_' base64";

    private readonly SettingsProbe _probe = new();

    public void Dispose() => _probe.Dispose();

    [Theory]
    [InlineData("one", "one")]
    [InlineData("new old", "new|old")]
    [InlineData("new,old", "new|old")]
    [InlineData(" new , old ", "new|old")]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    public void Load_Secrets_AreTakenInTheirOrder(string value, string expected) =>
        _probe.Variable("WEBHOOK_SECRET", value).Settings().WebhookSecrets.ShouldBe(expected.Split('|'));

    [Theory]
    [InlineData("a b c", "holds 3")]
    [InlineData(",", "holds no secret")]
    [InlineData("caf\u00e9", "holds a character that is no printable ASCII, at place 4")]
    [InlineData("old whsec_%", "holds a secret that is no base64 behind 'whsec_'")]
    [InlineData("whsec_", "holds a secret that is no base64 behind 'whsec_'")]
    public void Load_WrongSecrets_AreReportedWithoutThem(string value, string problem) =>
        _probe.Variable("WEBHOOK_SECRET", value).Load().Errors.ShouldBe(
            [$"WEBHOOK_SECRET: '***' (environment) {problem}; {Allowed}"]);

    [Fact]
    public void Load_TooLongSecret_IsReported() =>
        _probe.Variable("WEBHOOK_SECRET", new string('x', 1025)).Load().Errors.ShouldBe(
            [$"WEBHOOK_SECRET: '***' (environment) is too long; {Allowed}"]);

    [Fact]
    public void Load_SecretFile_GivesTheSecretsWithoutItsLineEnd()
    {
        _probe.Write("hook", "new old\n").Variable("WEBHOOK_SECRET_FILE", "hook");

        _probe.Settings().WebhookSecrets.ShouldBe(["new", "old"]);
    }

    [Fact]
    public void Load_SecretAndFile_AreAnError()
    {
        _probe.Write("hook", "x").Variable("WEBHOOK_SECRET", "y").Variable("WEBHOOK_SECRET_FILE", "hook");

        _probe.Load().Errors.ShouldBe(
            ["WEBHOOK_SECRET (environment) and WEBHOOK_SECRET_FILE (environment) are both set; keep one of them"]);
    }

    [Fact]
    public void ToString_Secrets_AreNotInIt() =>
        _probe.Variable("WEBHOOK_SECRET", "s3cret").Settings().ToString().ShouldNotContain("s3cret");
}
