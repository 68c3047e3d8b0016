using ActorBalancer.EndToEnd.Balancer;
using ActorBalancer.EndToEnd.HelloWorker;
using ActorBalancer.Testing.Workers;

namespace ActorBalancer.EndToEnd.Cli;

/// <summary>The real abm as a process of its own.</summary>
internal static class AbmProcess
{
    /// <summary>Path of the program. It is built beside this project, and not referenced by it.</summary>
    public static string Assembly { get; } = FindAssembly();

    /// <summary>What tells abm the balancer and its keys.</summary>
    public static IEnumerable<(string Name, string Value)> EnvironmentFor(BalancerProcess balancer) =>
    [
        ("ABM_URL", balancer.Url.ToString()), ("ABM_KEY", BalancerProcess.Key),
        ("ABM_WORKER_KEY", HelloWorkerClient.AuthKey), ("ABM_CONFIG", "/nonexistent/profiles.json"),
    ];

    /// <summary>Starts it.</summary>
    public static ChildProcess Start(TemporaryFolder folder, BalancerProcess balancer, params string[] arguments) =>
        new(Assembly, folder.Path, arguments, EnvironmentFor(balancer));

    /// <summary>Runs it to its end.</summary>
    public static async Task<(int Code, string Out, string Error)> RunAsync(
        TemporaryFolder folder, BalancerProcess balancer, params string[] arguments)
    {
        await using var process = Start(folder, balancer, arguments);
        var code = await process.WaitForExitAsync();
        return (code, process.Output, await process.ReadErrorsAsync());
    }

    // tests/EndToEnd/bin/CONFIGURATION/net10.0 -> src/Cli/bin/CONFIGURATION/net10.0
    private static string FindAssembly()
    {
        var here = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var root = here.Parent!.Parent!.Parent!.Parent!.Parent!.FullName;
        return Path.Combine(root, "src", "Cli", "bin", here.Parent.Name, here.Name, "abm.dll");
    }
}
