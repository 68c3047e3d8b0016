using System.Collections;
using ActorBalancer.Api.Configuration;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Engine.Storage;

namespace ActorBalancer.Api;

/// <summary>The balancer as a process.</summary>
internal static partial class Program
{
    private static async Task<int> Main(string[] args)
    {
        InlineSockets.Enable();
        var result = SettingsLoader.Load(args, ReadEnvironment(), Environment.CurrentDirectory);
        if (result.Settings is not { } settings)
        {
            foreach (var error in result.Errors)
                await Console.Error.WriteLineAsync(error);
            return 1;
        }

        try
        {
            return await RunAsync(settings, result, args.Contains("--demo", StringComparer.OrdinalIgnoreCase));
        }
        catch (Exception exception) when (exception is IOException or TaskStoreException or ArgumentException)
        {
            await Console.Error.WriteLineAsync($"The balancer cannot start: {exception.Message}");
            return 1;
        }
    }

    private static async Task<int> RunAsync(BalancerSettings settings, SettingsResult loaded, bool isDemo)
    {
        var key = settings.AuthKey;
        if (key is null)
        {
            var made = AuthKeyFile.LoadOrCreate(settings.DataDirectory);
            key = made.Key;
            Console.WriteLine(made.IsNew
                ? $"No LB_AUTH_KEY is set: made the key {key}, kept in {made.Path}."
                : $"No LB_AUTH_KEY is set: using the key in {made.Path}.");
        }

        using var signals = new StopSignals(Environment.Exit);
        await using var demo = isDemo ? new Demo() : null;
        if (demo is not null)
            settings = await demo.StartAsync(settings, key, CancellationToken.None);
        await using var host = BalancerHost.Create(settings, key, Console.OpenStandardOutput(), loaded.Views);
        var logger = host.CreateLogger("ActorBalancer.Api");
        foreach (var warning in loaded.Warnings)
            LogWarning(logger, warning);
        await host.StartAsync(CancellationToken.None);
        if (host.ClusterText is { } cluster)
            LogCluster(logger, cluster);
        if (host.Urls.Count > 0)
            LogListening(logger, string.Join(", ", host.Urls), settings.Store);
        else
            LogNotListening(logger, settings.Store);
        if (demo is not null)
            Console.WriteLine(await Demo.DescribeAsync(host, key, CancellationToken.None));
        await signals.First;
        var stop = host.StopAsync(CancellationToken.None);

        // Only now: who reads this line may rely on it that no task is taken any more.
        LogStopping(logger, settings.DrainTimeout.TotalMilliseconds);
        await stop;
        LogStopped(logger);
        return 0;
    }

    private static Dictionary<string, string> ReadEnvironment()
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
            environment[(string)entry.Key] = (string?)entry.Value ?? "";
        return environment;
    }

    [LoggerMessage(300, LogLevel.Warning, "{Warning}")]
    private static partial void LogWarning(ILogger logger, string warning);

    [LoggerMessage(301, LogLevel.Information, "Listening on {Urls}, store {Store}")]
    private static partial void LogListening(ILogger logger, string urls, StoreKind store);

    [LoggerMessage(304, LogLevel.Information, "In a cluster: {Text}")]
    private static partial void LogCluster(ILogger logger, string text);

    [LoggerMessage(305, LogLevel.Information, "Running, listening to nobody, store {Store}")]
    private static partial void LogNotListening(ILogger logger, StoreKind store);

    [LoggerMessage(303, LogLevel.Information,
        "Stopping: no new tasks, running ones may end within {Milliseconds} ms; a second signal stops at once")]
    private static partial void LogStopping(ILogger logger, double milliseconds);

    [LoggerMessage(302, LogLevel.Information, "Stopped")]
    private static partial void LogStopped(ILogger logger);
}
