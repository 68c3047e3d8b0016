using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using ActorBalancer.Api.Configuration;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Api.Tests.Hosting;
using ActorBalancer.Engine.Workers;
using ActorBalancer.Testing.Workers;
using Shouldly;
using WorkersFile = ActorBalancer.Testing.Workers.WorkersFile;

namespace ActorBalancer.Api.Tests.Operations;

/// <summary>A whole balancer in this process, on free ports of loopback, with workers that do as they are told.
/// </summary>
internal sealed class OperationsHarness : IAsyncDisposable
{
    public const string Key = EdgeHarness.Key;

    private readonly TemporaryFolder _folder = new();
    private readonly WorkersFile _list = new();
    private readonly BalancerHost _host;
    private readonly HttpClient _client;

    private OperationsHarness(TemporaryFolder folder, WorkersFile list, BalancerHost host, MemoryStream log)
    {
        _folder = folder;
        _list = list;
        _host = host;
        Log = log;
        _client = new HttpClient { BaseAddress = new Uri(host.Urls.Single()) };
    }

    /// <summary>The balancer.</summary>
    public BalancerHost Host => _host;

    /// <summary>What it logged.</summary>
    public MemoryStream Log { get; }

    /// <summary>Where the workers are listed.</summary>
    public WorkersFile List => _list;

    /// <summary>Starts one.</summary>
    /// <param name="workers">Its workers.</param>
    /// <param name="hocon">Text of its HOCON file; null for none.</param>
    /// <param name="settings">Variables of its environment.</param>
    public static async Task<OperationsHarness> StartAsync(
        IEnumerable<FakeWorker>? workers = null, string? hocon = null, params (string Name, string Value)[] settings)
    {
        var folder = new TemporaryFolder();
        var list = new WorkersFile();
        list.WriteText(JsonSerializer.Serialize((workers ?? []).Select(static worker =>
            new { url = worker.Url, authKey = EdgeHarness.WorkerKey })));
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PORT"] = "0",
            ["STORE"] = "memory",
            ["LB_AUTH_KEY"] = Key,
            ["BIND_ADDRESS"] = "127.0.0.1",
            ["WORKERS_FILE"] = list.Path,
            ["WORKER_DISCOVERY_INTERVAL"] = "200",
            ["DRAIN_TIMEOUT"] = "0",
        };
        foreach (var (name, value) in settings)
            environment[name] = value;
        if (hocon is not null)
        {
            environment["HOCON_FILE"] = "test.conf";
            await File.WriteAllTextAsync(folder.Combine("test.conf"), hocon);
        }

        var result = SettingsLoader.Load([], environment, folder.Path);
        result.Errors.ShouldBeEmpty();
        var log = new MemoryStream();
        var host = BalancerHost.Create(result.Settings!, Key, Stream.Synchronized(log), result.Views);
        await host.StartAsync(CancellationToken.None);
        return new OperationsHarness(folder, list, host, log);
    }

    /// <summary>A worker that wants the right keys.</summary>
    public static Task<FakeWorker> WorkerAsync(string group = "hello", params string[] functions) =>
        FakeWorker.StartAsync(new FakeWorkerOptions
        {
            Group = group,
            AuthKey = EdgeHarness.WorkerKey,
            LbAuthKey = Key,
            Functions = functions.Length > 0 ? functions : ["hello"],
        });

    /// <summary>Sends a request with the balancer's key.</summary>
    public async Task<EdgeAnswer> SendAsync(
        string method, string path, string? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.TryAddWithoutValidation("Authorization", Key);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        if (body is not null)
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        if (body is not null && path.StartsWith("/task", StringComparison.Ordinal))
            request.Content!.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        using var response = await _client.SendAsync(request);
        return await EdgeAnswer.OfAsync(response);
    }

    /// <summary>Reads a path.</summary>
    public Task<EdgeAnswer> GetAsync(string path) => SendAsync("GET", path);

    /// <summary>Waits until a worker is as it should be.</summary>
    public async Task<WorkerSnapshot> WaitForAsync(string url, Predicate<WorkerSnapshot> isRight)
    {
        WorkerSnapshot? found = null;
        var changes = Channel.CreateUnbounded<bool>();
        using var subscription = _host.Engine.Events.Subscribe<FleetChanged>(_ => changes.Writer.TryWrite(true));
        while (true)
        {
            found = _host.Engine.Workers.FirstOrDefault(worker => worker.Url == url);
            if (found is not null && isRight(found))
                return found;
            try
            {
                await changes.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
            }
            catch (TimeoutException exception)
            {
                throw new TimeoutException($"Worker {url} is not as it should be: {found}", exception);
            }
        }
    }

    /// <summary>Waits until a worker takes tasks.</summary>
    public Task<WorkerSnapshot> WaitForServingAsync(FakeWorker worker) =>
        WaitForAsync(worker.Url, static seen => seen.IsServing);

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _host.StopAsync(CancellationToken.None);
        await _host.DisposeAsync();
        _list.Dispose();
        _folder.Dispose();
    }
}
