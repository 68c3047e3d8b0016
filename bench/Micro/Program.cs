using ActorBalancer.Micro.Actors;

namespace ActorBalancer.Micro;

/// <summary>
/// Runs a suite of micro benchmarks: <c>dotnet run -c Release --project bench/Micro -- SUITE</c>. The exit code is 1
/// when a target was missed and 2 when the suite is unknown.
/// </summary>
internal static class Program
{
    private static readonly Dictionary<string, Func<Task<bool>>> Suites = new(StringComparer.Ordinal)
    {
        ["actors"] = ActorSuite.RunAsync,
    };

    private static async Task<int> Main(string[] args)
    {
        if (args is [var name] && Suites.TryGetValue(name, out var run)) return await run() ? 0 : 1;
        await Console.Error.WriteLineAsync($"Name one suite of: {string.Join(", ", Suites.Keys)}.");
        return 2;
    }
}
