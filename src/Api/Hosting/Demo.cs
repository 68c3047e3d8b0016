using System.Text.Json;
using ActorBalancer.Api.Configuration;
using ActorBalancer.Engine.Workers;
using ActorBalancer.HelloWorker;

namespace ActorBalancer.Api.Hosting;

/// <summary><c>--demo</c>: two hello workers in the balancer's own process, so that a newcomer needs nothing else.
/// </summary>
internal sealed class Demo : IAsyncDisposable
{
    private const int Workers = 2;
    private const string WorkerKey = "hello-worker-key";
    private const string FileName = "demo-workers.json";

    private readonly List<HelloWorkerHost> _workers = [];

    /// <summary>Starts the workers on free ports and writes the file that names them.</summary>
    /// <returns>The settings of a balancer that uses them: loopback only, the demo's own workers file.</returns>
    public async Task<BalancerSettings> StartAsync(BalancerSettings settings, string key, CancellationToken stop)
    {
        for (var i = 0; i < Workers; i++)
        {
            var options = new HelloWorkerOptions
            {
                AuthKey = WorkerKey,
                LbAuthKey = key,
                Port = 0,
                WebSocketPort = 0,
            };
            _workers.Add(await HelloWorkerHost.StartAsync(options, stop));
        }

        var file = Path.Combine(settings.DataDirectory, FileName);
        Directory.CreateDirectory(settings.DataDirectory);
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(_workers.Select(worker => worker.Url)), stop);
        return settings with { WorkersFile = file, BindAddresses = [System.Net.IPAddress.Loopback] };
    }

    /// <summary>Waits until the workers take tasks, then gives the line to paste.</summary>
    public static async Task<string> DescribeAsync(BalancerHost host, string key, CancellationToken stop)
    {
        using var changed = new SemaphoreSlim(0);
        using (host.Engine.Events.Subscribe<FleetChanged>(_ => changed.Release()))
        {
            while (host.Engine.Fleet.Workers.Count(static worker => worker.IsServing) < Workers)
                await changed.WaitAsync(stop);
        }

        const string Body = """{"group":"hello","function":"hello","contract":1,"input":{"name":"Andera"}}""";
        return $"""

            Two hello workers serve group "hello", contract 1. Try:

            curl {host.Urls.First()}/task -H 'Authorization: {key}' -H 'x-wr-auth: {WorkerKey}' -H 'Content-Type: application/json' -d '{Body}'

            """;
    }

    /// <summary>Ends the workers.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var worker in _workers)
            await worker.DisposeAsync();
    }
}
