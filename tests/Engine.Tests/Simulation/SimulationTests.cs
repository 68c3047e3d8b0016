using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Simulation;

public sealed class SimulationTests(ITestOutputHelper output)
{
    /// <summary>Replays one schedule instead of many.</summary>
    private const string SeedVariable = "SIMULATION_SEED";

    /// <summary>Schedules of each base when nothing else is asked for.</summary>
    private const int CountDefault = 1000;

    private const string CountVariable = "SIMULATION_COUNT";

    [Fact]
    public void Schedules_OfFixedSeeds_KeepEveryPromise() => RunMany(1);

    [Fact]
    public void Schedules_OfFreshSeeds_KeepEveryPromise() =>
        RunMany(RandomNumberGenerator.GetInt32(1_000_000, int.MaxValue - 1_000_000));

    [Fact]
    public void Schedule_OfOneSeed_RunsTheSameTwice()
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            var first = Schedule.Run(seed);
            var second = Schedule.Run(seed);
            second.Print.ShouldBe(first.Print, $"seed {seed}");
        }
    }

    private void RunMany(int first)
    {
        if (Read(SeedVariable) is { } seed)
        {
            var replayed = Schedule.Run(seed);
            output.WriteLine(replayed.ToString());
            replayed.Violation.ShouldBeNull();
            return;
        }

        var count = Read(CountVariable) ?? CountDefault;
        var watch = Stopwatch.StartNew();
        long tasks = 0, executions = 0, lives = 0, turns = 0;
        ulong print = 0;
        for (var i = 0; i < count; i++)
        {
            var result = Schedule.Run(first + i);
            result.Violation.ShouldBeNull($"{result}\nafter {i + 1} schedules");
            print = (print * 31) + result.Print;
            tasks += result.Tasks;
            executions += result.Executions;
            lives += result.Lives;
            turns += result.Turns;
        }

        output.WriteLine(
            $"{count} schedules from seed {first} in {watch.Elapsed.TotalSeconds:0.0} s: {tasks} tasks, "
            + $"{executions} executions, {lives} lives, {turns} turns, print {print:x}");
    }

    private static int? Read(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text
        ? int.Parse(text, CultureInfo.InvariantCulture)
        : null;
}
