using ActorBalancer.EndToEnd.Balancer;
using ActorBalancer.EndToEnd.HelloWorker;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.EndToEnd.Cli;

/// <summary><c>abm top</c> in a real terminal, while tasks run.</summary>
public sealed class TopTests
{
    [Theory]
    [InlineData("q", 0)]
    [InlineData("C-c", 130)]
    public async Task Top_UnderLoad_FiguresMoveFitsAndGivesTheScreenBack(string lastKey, int code)
    {
        using var folder = new TemporaryFolder();
        await using var worker = await HelloWorkerProcess.StartAsync(folder, "one");
        await using var balancer = await BalancerProcess.StartAsync(folder, [worker.Url]);
        await balancer.WaitForWorkersAsync(1);
        await using var load = AbmProcess.Start(
            folder, balancer, "bench", "--group", "hello", "--function", "sleep", "--input", """{"ms":20}""",
            "--connections", "4", "--duration", "5m");
        await using var terminal = await TmuxSession.StartAsync(
            folder, 80, 24, $"echo before; dotnet '{AbmProcess.Assembly}' top; echo ended with $?; exec cat",
            AbmProcess.EnvironmentFor(balancer));

        var first = await terminal.WaitAsync(
            static lines => RateOf(lines) is { } rate && !rate.StartsWith("0/s", StringComparison.Ordinal), "a rate");
        var second = await terminal.WaitAsync(
            lines => RateOf(lines) is { } rate && rate != RateOf(first), "another rate");
        await terminal.WaitAsync(lines => lines.Any(line => line.StartsWith(worker.Url, StringComparison.Ordinal)), "the worker");
        await terminal.PressAsync("2");
        await terminal.WaitAsync(
            lines => !lines.Any(line => line.StartsWith(worker.Url, StringComparison.Ordinal)), "queues alone");
        await terminal.ResizeAsync(60, 15);
        var small = await terminal.WaitAsync(
            static lines => lines.Length == 15 && lines[^1].StartsWith("q quit", StringComparison.Ordinal),
            "a smaller screen");
        await terminal.PressAsync(lastKey);
        var end = await terminal.WaitAsync(
            lines => lines.Any(line => line == $"ended with {code}"), $"the end with {code}");

        first.Concat(second).ShouldAllBe(static line => line.Length <= 80);
        first[^1].ShouldStartWith("q quit");
        small.ShouldAllBe(static line => line.Length <= 60);
        end.ShouldContain("before");
        end.ShouldNotContain(static line => line.Contains("quit"));
    }

    private static string? RateOf(string[] lines) =>
        lines.FirstOrDefault(static line => line.StartsWith("rates", StringComparison.Ordinal))?[10..];
}
