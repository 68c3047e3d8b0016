using System.Net;
using ActorBalancer.HelloWorker;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;

namespace ActorBalancer.EndToEnd.HelloWorker;

public sealed class HelloWorkerSettingsTests
{
    [Fact]
    public void Read_KeysAlone_GivesTheDefaultsOfTheOriginal()
    {
        Read([], out var options).ShouldBeEmpty();

        options.ShouldBe(new HelloWorkerOptions { AuthKey = "a", LbAuthKey = "b" });
        options!.Port.ShouldBe(3000);
        options.WebSocketPort.ShouldBe(3001);
        options.Group.ShouldBe("hello");
        options.Contract.ShouldBe(1);
        options.Slots.ShouldBe(10);
        options.FunctionTimeout.ShouldBe(TimeSpan.FromSeconds(30));
        options.BindAddress.ShouldBe(IPAddress.Loopback);
    }

    [Fact]
    public void Read_All_ReadsEach()
    {
        Read([("PORT", "0"), ("WEBSOCKET_PORT", "0"), ("GROUP", "g"), ("CONTRACT", "2"), ("SLOTS", "3"),
            ("DEFAULT_TIMEOUT", "1500"), ("LOG_LEVEL", "WARN"), ("MAX_LOGS", "7"), ("BIND_ADDRESS", "0.0.0.0"),
            ("TASK_LOG", "/tmp/x"), ("WS_ECHO_PROTOCOL", "true")], out var options).ShouldBeEmpty();

        options.ShouldBe(new HelloWorkerOptions
        {
            AuthKey = "a",
            LbAuthKey = "b",
            Port = 0,
            WebSocketPort = 0,
            Group = "g",
            Contract = 2,
            Slots = 3,
            FunctionTimeout = TimeSpan.FromSeconds(1.5),
            LogLevel = LogLevel.Warning,
            LogLinesMax = 7,
            BindAddress = IPAddress.Any,
            TaskLogPath = "/tmp/x",
            EchoSubProtocol = true,
        });
    }

    [Theory]
    [InlineData("AUTH_KEY", "", "AUTH_KEY is missing: set it to the key that tasks must carry")]
    [InlineData("LB_AUTH_KEY", "", "LB_AUTH_KEY is missing: set it to the key of the balancer")]
    [InlineData("PORT", "65536", "PORT is '65536': it must be a whole number from 0 to 65535")]
    [InlineData("PORT", "3001", "PORT and WEBSOCKET_PORT are both 3001: they must differ")]
    [InlineData("SLOTS", "0", "SLOTS is '0': it must be a whole number from 1 to 10000")]
    [InlineData("CONTRACT", "one", "CONTRACT is 'one': it must be a whole number from 1 to 2147483647")]
    [InlineData("LOG_LEVEL", "loud", "LOG_LEVEL is 'loud': it must be one of error, warn, info, debug")]
    [InlineData("BIND_ADDRESS", "here",
        "BIND_ADDRESS is 'here': it must be an IP address, such as 127.0.0.1 or 0.0.0.0")]
    [InlineData("WS_ECHO_PROTOCOL", "yes", "WS_ECHO_PROTOCOL is 'yes': it must be one of true, false")]
    public void Read_Wrong_NamesTheSetting(string name, string value, string error)
    {
        Read([(name, value)], out var options).ShouldBe([error]);

        options.ShouldBeNull();
    }

    [Fact]
    public void Read_SeveralWrong_NamesAll() =>
        Read([("SLOTS", "x"), ("MAX_LOGS", "-1")], out _).Count.ShouldBe(2);

    private static IReadOnlyList<string> Read(
        (string Name, string Value)[] settings, out HelloWorkerOptions? options)
    {
        var all = new Dictionary<string, string> { ["AUTH_KEY"] = "a", ["LB_AUTH_KEY"] = "b" };
        foreach (var (name, value) in settings)
            all[name] = value;
        return HelloWorkerSettings.Read(name => all.GetValueOrDefault(name), out options);
    }
}
