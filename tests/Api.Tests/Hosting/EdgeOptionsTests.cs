using System.Net;
using ActorBalancer.Api.Hosting;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Hosting;

public sealed class EdgeOptionsTests
{
    private static readonly EdgeOptions Good = new() { AuthKey = "key" };

    public static TheoryData<string> OutOfRange => new(Changes.Keys);

    private static Dictionary<string, Func<EdgeOptions, EdgeOptions>> Changes { get; } = new()
    {
        ["Port is -1"] = options => options with { Port = -1 },
        ["Port is 65536"] = options => options with { Port = 65536 },
        ["BindAddresses is empty"] = options => options with { BindAddresses = [] },
        ["BodyBytesMax is 0"] = options => options with { BodyBytesMax = 0 },
        ["BodyBytesMax is 1073741825"] = options => options with { BodyBytesMax = (1L << 30) + 1 },
        ["WrongKeysPerMinuteMax is 0"] = options => options with { WrongKeysPerMinuteMax = 0 },
        ["RetryAfterDefault is 00:00:00"] = options => options with { RetryAfterDefault = TimeSpan.Zero },
        ["ConnectionsMax is 0"] = options => options with { ConnectionsMax = 0 },
        ["HeadersTimeout is 00:00:00"] = options => options with { HeadersTimeout = TimeSpan.Zero },
        ["KeepAliveTimeout is 00:00:00"] = options => options with { KeepAliveTimeout = TimeSpan.Zero },
        ["StopTimeout is -00:00:01"] = options => options with { StopTimeout = TimeSpan.FromSeconds(-1) },
    };

    [Fact]
    public void Validate_Defaults_AreRight() => Good.Validate();

    [Theory]
    [MemberData(nameof(OutOfRange))]
    public void Validate_MemberOutOfRange_SaysWhichAndWhatIsAllowed(string change)
    {
        var message = Should.Throw<ArgumentException>(() => Changes[change](Good).Validate()).Message;

        message.ShouldStartWith($"EdgeOptions.{change} but must be ");
    }

    [Fact]
    public void ToString_Key_IsNotShown() => Good.ToString().ShouldNotContain("key");

    [Fact]
    public async Task Build_TwoAddresses_AreBothServed()
    {
        await using var edge = await EdgeHarness.StartAsync(options => options with
        {
            BindAddresses = [IPAddress.Loopback, IPAddress.Parse("127.0.0.2")],
        });

        edge.App.Urls.Select(url => new Uri(url).Host).ShouldBe(["127.0.0.1", "127.0.0.2"]);
        foreach (var url in edge.App.Urls)
        {
            using var answer = await edge.Client.GetAsync(
                new Uri(new Uri(url), "/health"), TestContext.Current.CancellationToken);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        }
    }
}
