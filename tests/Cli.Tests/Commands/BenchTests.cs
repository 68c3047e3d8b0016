using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.Cli.Tests.Commands;

public sealed class BenchTests
{
    private static readonly string[] Bench =
        ["bench", "--group", "hello", "--function", "greet", "--connections", "2", "--duration", "300ms"];

    [Fact]
    public async Task Bench_AllAnswered_RateAndPercentiles()
    {
        await using var stub = new StubBalancer().On("POST /task", """{"success":true,"result":1}""");

        var result = await new CliRun(stub).RunAsync([.. Bench, "--json", "--input", """{"a":1}"""]);

        result.Code.ShouldBe(0, result.Error);
        var tasks = result.Json.GetProperty("tasks").GetInt32();
        tasks.ShouldBeInRange(stub.Requests.Count - 2, stub.Requests.Count);
        tasks.ShouldBeGreaterThan(0);
        result.Json.GetProperty("errors").GetInt32().ShouldBe(0);
        var latency = result.Json.GetProperty("latencyMs");
        latency.GetProperty("p50").GetDouble().ShouldBeInRange(0.001, latency.GetProperty("p99").GetDouble());
        latency.GetProperty("p99").GetDouble().ShouldBeLessThanOrEqualTo(latency.GetProperty("max").GetDouble());
        stub.Requests[0].Body.ShouldBe(
            """{"group":"hello","function":"greet","contract":1,"mode":"sync","input":{"a":1}}""");
    }

    [Fact]
    public async Task Bench_AllRefused_CountsThemAndFails()
    {
        await using var stub = new StubBalancer().Refuse("POST /task", 503, "no_worker", "Nobody serves it.");

        var result = await new CliRun(stub).RunAsync(Bench);

        result.Code.ShouldBe(1);
        result.Out.ShouldContain(" x 503 no_worker");
        result.Error.ShouldBe($"abm: nothing was answered by {stub.Url}: 503 no_worker\n");
    }

    [Fact]
    public async Task Bench_NobodyListens_Fails()
    {
        var result = await new CliRun().RunAsync([.. Bench, "--url", $"http://127.0.0.1:{FreePort.Next()}"]);

        result.Code.ShouldBe(1);
        result.Error.ShouldContain("connection refused");
    }

    [Fact]
    public async Task Bench_AtATerminal_TellsHowFarItIs()
    {
        await using var stub = new StubBalancer().On("POST /task", "{}");

        var result = await new CliRun(stub) { Screen = (80, 24) }.RunAsync([.. Bench[..^1], "800ms", "--no-color"]);

        result.Error.ShouldContain("\rbench: ");
        result.Error.ShouldEndWith("\r\u001b[K");
        result.Out.ShouldContain("p99 ");
    }

    [Theory]
    [InlineData("bench")]
    [InlineData("bench", "--group", "g", "--function", "f", "--connections", "0")]
    [InlineData("bench", "--group", "g", "--function", "f", "--mode", "webhook")]
    public async Task Bench_WrongArguments_AreWrongUsage(params string[] arguments) =>
        (await new CliRun().RunAsync(arguments)).Code.ShouldBe(2);
}
