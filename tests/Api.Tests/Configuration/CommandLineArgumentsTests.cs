using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Configuration;

public sealed class CommandLineArgumentsTests : IDisposable
{
    private readonly SettingsProbe _probe = new();

    public void Dispose() => _probe.Dispose();

    [Theory]
    [InlineData("--TASK_TIMEOUT", "4001")]
    [InlineData("--TASK_TIMEOUT=4001")]
    [InlineData("--task_timeout", "4001")]
    [InlineData("--task-timeout", "4001")]
    [InlineData("--Task-Timeout=4001")]
    [InlineData("--task-timeout", "1", "--task-timeout", "4001")]
    [InlineData("--demo", "--task-timeout", "4001")]
    [InlineData("--task-timeout", "4001", "--demo")]
    public void Load_EachForm_SetsTheValue(params string[] arguments) =>
        _probe.Argument(arguments).Settings().TaskTimeout.ShouldBe(TimeSpan.FromMilliseconds(4001));

    [Fact]
    public void Load_ValueWithEqualsAndDashes_IsTakenWhole() =>
        _probe.Argument("--lb-auth-key=--a=b").Settings().AuthKey.ShouldBe("--a=b");

    [Fact]
    public void Load_EmptyValue_IsAValue()
    {
        _probe.Variable("PORT", "1").Argument("--PORT=");

        _probe.Load().Errors.ShouldBe(
            ["PORT: '' (command line) is not a whole number; allowed: 0 to 65535; 0 = any free port"]);
    }

    [Fact]
    public void Load_EmptyBindAddress_UndoesAWeakerSource()
    {
        _probe.Variable("BIND_ADDRESS", "0.0.0.0").Argument("--bind-address=");

        _probe.Settings().BindAddresses.ShouldBe([System.Net.IPAddress.Loopback]);
    }

    [Fact]
    public void Load_NegativeNumber_IsAValue() =>
        _probe.Argument("--PORT", "-1").Load().Errors.Single().ShouldStartWith("PORT: '-1' (command line) is out of");

    [Theory]
    [InlineData("--PROT", "command line: unknown option '--PROT'; did you mean --PORT?")]
    [InlineData("--task-atempts", "command line: unknown option '--task-atempts'; did you mean --TASK_ATTEMPTS?")]
    [InlineData("--hocn", "command line: unknown option '--hocn'; did you mean --hocon?")]
    [InlineData("--dmeo", "command line: unknown option '--dmeo'; did you mean --demo?")]
    [InlineData("--ROLE", "command line: unknown option '--ROLE'; docs/configuration.md lists all")]
    [InlineData("--urls", "command line: unknown option '--urls'; docs/configuration.md lists all")]
    [InlineData("--PORT", "command line: no value behind --PORT")]
    [InlineData("--hocon", "command line: no value behind --hocon")]
    [InlineData("--demo=yes", "command line: --demo takes no value")]
    [InlineData("--",
        "command line: unexpected '--' as argument 1; settings are given as --NAME VALUE or --NAME=VALUE")]
    [InlineData("-p=1",
        "command line: unexpected '-p' as argument 1; settings are given as --NAME VALUE or --NAME=VALUE")]
    [InlineData("4001",
        "command line: unexpected text as argument 1; settings are given as --NAME VALUE or --NAME=VALUE")]
    [InlineData("", "command line: unexpected text as argument 1; settings are given as --NAME VALUE or --NAME=VALUE")]
    public void Load_WrongArgument_IsAnErrorWithAHint(string argument, string expected) =>
        _probe.Argument(argument).Load().Errors.ShouldBe([expected]);

    [Theory]
    [InlineData("-lb-auth-key", "s3cret")]
    [InlineData("--lb-auth-kye", "s3cret")]
    [InlineData("--lb-auth-kye=s3cret")]
    [InlineData("-lb-auth-key=s3cret")]
    [InlineData("LB_AUTH_KEY=s3cret")]
    public void Load_KeyInAMistypedArgument_IsNotShown(params string[] arguments)
    {
        var errors = _probe.Argument(arguments).Load().Errors;

        errors.ShouldNotBeEmpty();
        errors.ShouldAllBe(static line => !line.Contains("s3cret"));
    }

    [Fact]
    public void Load_OptionWithoutValueBeforeAnother_DoesNotSwallowIt()
    {
        var result = _probe.Argument("--PORT", "--LOG_LEVEL", "debug", "--demo").Load();

        result.Errors.ShouldBe(["command line: no value behind --PORT"]);
    }
}
