using ActorBalancer.EndToEnd.Balancer;
using ActorBalancer.Testing.Workers;

namespace ActorBalancer.EndToEnd.Tasks;

/// <summary>A balancer as a process with a data directory of its own, and one fake worker that it knows.</summary>
internal sealed class TaskScene : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly (string Name, string Value)[] _settings;

    private TaskScene(FakeWorker worker, (string Name, string Value)[] settings)
    {
        Worker = worker;
        _settings = settings;
    }

    public FakeWorker Worker { get; }

    public BalancerProcess Balancer { get; private set; } = null!;

    /// <summary>Path of the balancer's database.</summary>
    public string DatabasePath => _folder.Combine("data/actorbalancer.db");

    /// <summary>Starts both and waits until the worker takes tasks.</summary>
    public static Task<TaskScene> StartAsync(params (string Name, string Value)[] settings) =>
        StartAsync(slots: 10, settings);

    /// <summary>The same with a worker of so many slots.</summary>
    public static async Task<TaskScene> StartAsync(int slots, params (string Name, string Value)[] settings)
    {
        var worker = await FakeWorker.StartAsync(new FakeWorkerOptions
        {
            Slots = slots,
            AuthKey = BalancerProcess.WorkerKey,
            LbAuthKey = BalancerProcess.Key,
        });
        var scene = new TaskScene(worker, settings);
        await scene.StartBalancerAsync();
        await scene.Balancer.WaitForWorkersAsync(1);
        return scene;
    }

    /// <summary>Starts another balancer over what the last one left; returns when it listens.</summary>
    public async Task StartBalancerAsync()
    {
        if (Balancer is not null)
            await Balancer.DisposeAsync();
        Balancer = await BalancerProcess.StartAsync(_folder, [Worker.Url], _settings);
    }

    /// <summary>Kills the balancer and starts another over what it left.</summary>
    public async Task KillAndRestartAsync()
    {
        await Balancer.KillAsync();
        await StartBalancerAsync();
    }

    /// <summary>Waits until a task that is kept for a moment only has been deleted: asked for, it is gone, and it is
    /// not listed any more.</summary>
    public Task WaitForSweepAsync(string id) => FileWatch.UntilAsync(
        DatabasePath,
        async () => (await Balancer.GetAsync($"/task/{id}")).Status == 410
            && !(await Balancer.ListAsync("limit=1000")).Contains(id),
        () => $"Waited for task {id} to be deleted.");

    public async ValueTask DisposeAsync()
    {
        if (Balancer is not null)
            await Balancer.DisposeAsync();
        await Worker.DisposeAsync();
        _folder.Dispose();
    }
}
