using ActorBalancer.Micro.Actors;

namespace ActorBalancer.Micro;

/// <summary>
/// Runs a suite of micro benchmarks: <c>dotnet run -c Release --project bench/Micro -- SUITE [ARGUMENTS]</c>. The exit
/// code is the suite's, 1 when a target was missed; 2 when there is no such suite.
/// </summary>
internal static class Program
{
    private static readonly Dictionary<string, Func<string[], Task<int>>> Suites = new(StringComparer.Ordinal)
    {
        ["actors"] = _ => ActorSuite.RunAsync(),
        ["figures"] = _ => FigureCounting.RunAsync(),
        ["queue-depth"] = QueueDepth.RunAsync,
        ["queue-depth-hot-path"] = QueueDepthHotPath.RunAsync,
    };

    private static async Task<int> Main(string[] args)
    {
        if (args is [var name, .. var rest] && Suites.TryGetValue(name, out var run)) return await run(rest);
        await Console.Error.WriteLineAsync($"Name a suite, one of: {string.Join(", ", Suites.Keys)}.");
        return 2;
    }
}
