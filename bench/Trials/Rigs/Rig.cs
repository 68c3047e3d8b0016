using System.Diagnostics;
using System.Text.Json;
using ActorBalancer.Testing.Processes;
using ActorBalancer.Testing.Workers;

namespace ActorBalancer.Trials.Rigs;

/// <summary>What a rig is from its start.</summary>
internal sealed record RigOptions
{
    /// <summary>Worker processes.</summary>
    public int Workers { get; init; } = 2;

    /// <summary>Slots of each.</summary>
    public int Slots { get; init; } = 8;

    /// <summary>URLs of further workers, which the trial runs itself.</summary>
    public IReadOnlyList<string> OtherWorkers { get; init; } = [];

    /// <summary>Settings of the balancer that differ from the rig's.</summary>
    public IReadOnlyList<(string Name, string Value)> Settings { get; init; } = [];

    /// <summary>A command in front of the balancer, such as strace.</summary>
    public IReadOnlyList<string> Wrapper { get; init; } = [];
}

/// <summary>
/// A balancer over a real disk, workers and a receiver of webhooks: processes of their own on free ports of 127.0.0.1.
/// Belongs to one trial.
/// </summary>
internal sealed class Rig : IRig, IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly string BalancerAssembly = Path.Combine(AppContext.BaseDirectory, "ActorBalancer.Api.dll");

    private readonly RigOptions _options;
    private readonly TemporaryFolder _folder = new();
    private readonly int _port = FreePort.Next();
    private readonly WorkerProcesses _workers;

    private Rig(RigOptions options, Receiver receiver)
    {
        _options = options;
        Receiver = receiver;
        Client = new BalancerClient(_port);
        DataFolder = _folder.Combine("data");
        _workers = new WorkerProcesses(_folder.Path, options.Workers, options.Slots);
        File.WriteAllText(
            _folder.Combine("workers.json"), JsonSerializer.Serialize(_workers.Urls.Concat(options.OtherWorkers)));
    }

    /// <summary>Speaks to the balancer.</summary>
    public BalancerClient Client { get; }

    /// <summary>Takes the webhooks.</summary>
    public Receiver Receiver { get; }

    /// <summary>What was posted.</summary>
    public Ledger Ledger { get; } = new();

    /// <summary>Moments at which something was killed.</summary>
    public List<DateTime> Kills { get; } = [];

    /// <inheritdoc/>
    public IReadOnlyList<Trouble> Troubles => [];

    IReadOnlyList<DateTime> IRig.Kills => Kills;

    /// <summary>The balancer's process.</summary>
    public ChildProcess Balancer { get; private set; } = null!;

    /// <summary>Where the balancer keeps its files.</summary>
    public string DataFolder { get; }

    /// <summary>A folder for the trial's own files.</summary>
    public string Folder => _folder.Path;

    /// <summary>Slots of all workers.</summary>
    public int Slots => _options.Workers * _options.Slots;

    /// <summary>Longest time from a start of the balancer's process to its first good health answer.</summary>
    public TimeSpan StartTimeMax { get; private set; }

    /// <summary>What the workers wrote down.</summary>
    public IReadOnlyList<WorkerRun> Runs => _workers.Runs;

    /// <inheritdoc/>
    public BalancerClient ClientOf(int connection) => Client;

    /// <summary>Starts everything and waits until the workers take tasks.</summary>
    public static async Task<Rig> StartAsync(RigOptions? options = null)
    {
        var rig = new Rig(options ?? new RigOptions(), await Receiver.StartAsync());
        try
        {
            rig._workers.StartAll();
            await rig.StartBalancerAsync();
            await rig.WaitForWorkersAsync();
            return rig;
        }
        catch
        {
            await rig.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the balancer's process without waiting.</summary>
    /// <param name="wrapper">A command in front of it; the rig's own when null.</param>
    /// <param name="settings">Settings beside those of the rig.</param>
    public void LaunchBalancer(IReadOnlyList<string>? wrapper = null, params (string Name, string Value)[] settings)
        => Balancer = new ChildProcess(
            BalancerAssembly, _folder.Path, [],
            [
                ("PORT", $"{_port}"), ("BIND_ADDRESS", "127.0.0.1"), ("LB_AUTH_KEY", BalancerClient.Key),
                ("STORE", "sqlite"), ("DATA_DIR", DataFolder), ("WORKER_DISCOVERY_INTERVAL", "250"),
                ("WEBHOOK_ALLOW_PRIVATE", "true"), ("LOG_LEVEL", "warn"), .. _options.Settings, .. settings,
            ],
            [.. wrapper ?? _options.Wrapper]);

    /// <summary>Starts the balancer and waits until it is ready.</summary>
    public async Task StartBalancerAsync(
        IReadOnlyList<string>? wrapper = null, params (string Name, string Value)[] settings)
    {
        var watch = Stopwatch.StartNew();
        LaunchBalancer(wrapper, settings);
        await Poll.UntilAsync(
            async () => Balancer.HasExited
                ? throw new TrialException($"the balancer ended at its start: {await Balancer.ReadErrorsAsync()}")
                : await Client.IsReadyAsync(),
            Patience, "the balancer to be ready");
        if (watch.Elapsed > StartTimeMax)
            StartTimeMax = watch.Elapsed;
    }

    /// <summary>Kills the balancer with -9 and waits for its end.</summary>
    public async Task KillBalancerAsync()
    {
        Kills.Add(DateTime.UtcNow);
        Balancer.Signal("KILL");
        await Balancer.WaitForExitAsync();
        await Balancer.DisposeAsync();
    }

    /// <summary>Ends the balancer in good order.</summary>
    public async Task<int> StopBalancerAsync()
    {
        Balancer.Signal("TERM");
        var code = await Balancer.WaitForExitAsync();
        await Balancer.DisposeAsync();
        return code;
    }

    /// <summary>Starts a worker on its port, with its log.</summary>
    public void StartWorker(int number) => _workers.Start(number);

    /// <summary>Kills a worker with -9 and waits for its end.</summary>
    public Task KillWorkerAsync(int number)
    {
        Kills.Add(DateTime.UtcNow);
        return _workers.KillAsync(number);
    }

    /// <summary>Waits until all workers take tasks.</summary>
    public Task WaitForWorkersAsync() => Poll.UntilAsync(
        async () => await Client.ReadyWorkersAsync() >= _options.Workers + _options.OtherWorkers.Count,
        Patience, "the workers to be ready");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _workers.DisposeAsync();
        if (Balancer is not null)
            await Processes.EndAsync(Balancer);
        Client.Dispose();
        await Receiver.DisposeAsync();
        _folder.Dispose();
    }
}
