using System.Net;
using ActorBalancer.Api.Configuration.Kinds;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Configuration;

public sealed class KeyRulesTests : IDisposable
{
    private const string WellKnown = "default-lb-auth-key";
    private const string Allowed =
        "allowed: a loopback address while there is no other key; set LB_AUTH_KEY or LB_AUTH_KEY_FILE";

    private const string LoopbackOnly = "LB_AUTH_KEY (environment) is the well-known default key, so the balancer "
        + "listens on loopback only; set a key of your own to be reached from other machines";

    private readonly SettingsProbe _probe = new();

    public void Dispose() => _probe.Dispose();

    [Theory]
    [InlineData("", "127.0.0.1")]
    [InlineData("localhost", "127.0.0.1")]
    [InlineData("LocalHost", "127.0.0.1")]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("127.8.8.8", "127.8.8.8")]
    [InlineData("::1", "::1")]
    public void Load_NoKeyOnLoopback_LeavesTheKeyOpen(string address, string expected)
    {
        var settings = _probe.Variable("BIND_ADDRESS", address).Settings();

        settings.AuthKey.ShouldBeNull();
        settings.BindAddresses.ShouldBe([IPAddress.Parse(expected)]);
    }

    [Theory]
    [InlineData("*")]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("192.168.1.2")]
    [InlineData("2001:db8::1")]
    [InlineData("::ffff:10.0.0.1")]
    public void Load_NoKeyBeyondLoopback_RefusesToStart(string address) =>
        _probe.Variable("BIND_ADDRESS", address).Variable("LB_AUTH_KEY", "").Load().Errors.ShouldBe(
            [$"BIND_ADDRESS: '{address}' (environment) needs a key, but LB_AUTH_KEY is not set; {Allowed}"]);

    [Theory]
    [InlineData("*")]
    [InlineData("10.0.0.1")]
    public void Load_WellKnownKeyBeyondLoopback_RefusesToStart(string address) =>
        _probe.Variable("BIND_ADDRESS", address).DotEnv($"LB_AUTH_KEY={WellKnown}").Load().Errors.ShouldBe(
            [$"BIND_ADDRESS: '{address}' (environment) needs a key of your own, but LB_AUTH_KEY (.env, line 1) is the "
                + $"well-known default key; {Allowed}"]);

    [Theory]
    [InlineData("")]
    [InlineData("127.0.0.1")]
    public void Load_WellKnownKeyOnLoopback_IsUsedWithAWarning(string address)
    {
        var result = _probe.Variable("BIND_ADDRESS", address).Variable("LB_AUTH_KEY", WellKnown).Load();

        result.Settings!.AuthKey.ShouldBe(WellKnown);
        result.Settings.BindAddresses.ShouldBe([IPAddress.Loopback]);
        result.Warnings.ShouldBe([LoopbackOnly]);
    }

    [Fact]
    public void Load_KeyAndNoAddress_ListensOnAnyAddress() =>
        _probe.Variable("LB_AUTH_KEY", "k").Settings().BindAddresses.ShouldBe(BindAddressKind.Any);

    [Theory]
    [InlineData("*")]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("10.1.2.3")]
    [InlineData("fe80::1%1")]
    public void Load_KeyAndAnAddress_ListensThere(string address)
    {
        var expected = address == "*" ? BindAddressKind.Any : [IPAddress.Parse(address)];

        _probe.Variable("LB_AUTH_KEY", "k").Variable("BIND_ADDRESS", address).Settings()
            .BindAddresses.ShouldBe(expected);
    }

    [Theory]
    [InlineData("two words")]
    [InlineData("a=b")]
    [InlineData("a/b")]
    public void Load_KeyThatIsNoToken_IsAWarning(string key)
    {
        var result = _probe.Variable("LB_AUTH_KEY", key).Load();

        result.Settings!.AuthKey.ShouldBe(key);
        result.Warnings.ShouldBe(["LB_AUTH_KEY (environment) holds a sign that a WebSocket sub-protocol cannot carry, "
            + "so live sessions with workers may be refused; letters, digits and !#$%&'*+-.^_`|~ are safe"]);
    }

    [Fact]
    public void Load_KeyOfAllTokenSigns_IsFine() =>
        _probe.Variable("LB_AUTH_KEY", "aZ09!#$%&'*+-.^_`|~").Load().Warnings.ShouldBeEmpty();

    [Theory]
    [InlineData("the-key")]
    [InlineData("the-key\n")]
    [InlineData("the-key\r\n\n")]
    public void Load_KeyFile_GivesTheKeyWithoutItsLineEnd(string content)
    {
        _probe.Write("secrets/key", content).Variable("LB_AUTH_KEY_FILE", "secrets/key");

        var settings = _probe.Settings();

        settings.AuthKey.ShouldBe("the-key");
        settings.BindAddresses.ShouldBe(BindAddressKind.Any);
    }

    [Fact]
    public void Load_KeyFileFromEachSource_IsRead()
    {
        _probe.Write("a", "key-a").Write("b", "key-b").Write("c", "key-c").Write("d", "key-d");

        _probe.Hocon("server.auth-key-file = a").Settings().AuthKey.ShouldBe("key-a");
        _probe.DotEnv("LB_AUTH_KEY_FILE=b").Settings().AuthKey.ShouldBe("key-b");
        _probe.Variable("LB_AUTH_KEY_FILE", "c").Settings().AuthKey.ShouldBe("key-c");
        _probe.Argument("--lb-auth-key-file", "d").Settings().AuthKey.ShouldBe("key-d");
    }

    [Fact]
    public void Load_KeyAndKeyFile_AreAnErrorThatNamesBothSources()
    {
        _probe.Write("key", "the-key").Variable("LB_AUTH_KEY", "other").DotEnv("LB_AUTH_KEY_FILE=key");

        _probe.Load().Errors.ShouldBe(
            ["LB_AUTH_KEY (environment) and LB_AUTH_KEY_FILE (.env, line 1) are both set; keep one of them"]);
    }

    [Theory]
    [InlineData("none", "cannot be read: Could not find file ")]
    [InlineData("folder", "cannot be read: Access to the path ")]
    [InlineData("empty", "is an empty file; ")]
    [InlineData("big", "is a file of more than 65536 bytes; ")]
    public void Load_KeyFileThatIsNoUse_IsAnError(string file, string problem)
    {
        Directory.CreateDirectory(Path.Combine(_probe.Directory, "folder"));
        _probe.Write("empty", "\n").Write("big", new string('k', 70_000)).Variable("LB_AUTH_KEY_FILE", file);

        var error = _probe.Load().Errors.Single();

        error.ShouldStartWith($"LB_AUTH_KEY_FILE: '{file}' (environment) {problem}");
        error.ShouldEndWith("; allowed: a readable file that holds the secret and nothing else");
    }

    [Fact]
    public void Load_KeyFileWithAWrongKey_IsMasked()
    {
        _probe.Write("key", "two\nlines").Variable("LB_AUTH_KEY_FILE", "key").Variable("BIND_ADDRESS", "*");

        _probe.Load().Errors.ShouldBe(["LB_AUTH_KEY: '***' (file 'key') holds a character that a header cannot carry, "
            + "at place 4; allowed: printable ASCII, no blank at either end, at most 1024 characters"]);
    }

    [Fact]
    public void Load_KeyFileWithTheWellKnownKey_CountsAsNoKey()
    {
        _probe.Write("key", WellKnown).Variable("LB_AUTH_KEY_FILE", "key").Variable("BIND_ADDRESS", "*");

        _probe.Load().Errors.ShouldBe(["BIND_ADDRESS: '*' (environment) needs a key of your own, but LB_AUTH_KEY "
            + $"(file 'key') is the well-known default key; {Allowed}"]);
    }

    [Fact]
    public void Load_WrongKey_SaysNothingMoreOfTheAddress() =>
        _probe.Variable("LB_AUTH_KEY", "k\u00e9y").Variable("BIND_ADDRESS", "*").Load().Errors.Count.ShouldBe(1);
}
