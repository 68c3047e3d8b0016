using System.Threading.Channels;
using ActorBalancer.Actors;
using ActorBalancer.Engine.Cluster;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Workers;

namespace ActorBalancer.Engine;

// What operators want of workers. In a cluster any node does it, whichever owns the worker.
public sealed partial class BalancerEngine
{
    /// <summary>How long an order waits until it can be seen; then it is answered with what there is.</summary>
    private static readonly TimeSpan SeenPatience = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _drainOrders = new(1);

    /// <summary>A worker by its URL; null when there is none.</summary>
    public WorkerSnapshot? FindWorker(string url)
    {
        var fleet = Fleet;
        return fleet.Workers.FirstOrDefault(worker => worker.Url == url)
            ?? fleet.InvalidWorkers.FirstOrDefault(worker => worker.Url == url);
    }

    /// <summary>The last lines of a worker's log, oldest first: at most 10,000 and 4 MiB.</summary>
    /// <param name="url">A known worker.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async ValueTask<WorkerAnswer<IReadOnlyList<string>>> ReadWorkerLogsAsync(
        string url, CancellationToken cancellationToken) =>
        FindWorker(url) is null
            ? new WorkerAnswer<IReadOnlyList<string>>(WorkerAnswerKind.Unknown, null, null)
            : await _console.ReadLogsAsync(url, cancellationToken);

    /// <summary>Tells a worker to take tasks again, or to go into maintenance. The first ends its drain too, in any
    /// case; when there was one, that alone is done where the worker's key is not known.</summary>
    /// <param name="url">A known worker.</param>
    /// <param name="isOn">True: take tasks.</param>
    /// <param name="workerKey">The worker's own key; null for that of this process' workers file.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The worker as it is then.</returns>
    /// <exception cref="TaskStoreException">The end of the drain could not be stored.</exception>
    public async ValueTask<WorkerAnswer<WorkerSnapshot>> SwitchWorkerAsync(
        string url, bool isOn, string? workerKey, CancellationToken cancellationToken)
    {
        if (FindWorker(url) is not { } found)
            return new WorkerAnswer<WorkerSnapshot>(WorkerAnswerKind.Unknown, null, null);

        // The drain is the balancer's own: it ends even when the worker cannot be told.
        var lifted = isOn && (found.IsDraining || _context.Drains.Urls.Contains(url))
            ? await DrainWorkerAsync(url, isDraining: false)
            : (WorkerAnswer<WorkerSnapshot>?)null;
        if ((workerKey ?? _context.Fleet.FindKey(url)) is not { } key)
            return lifted ?? new WorkerAnswer<WorkerSnapshot>(WorkerAnswerKind.KeyMissing, null, null);
        var told = await _console.SwitchAsync(url, isOn, key, cancellationToken);
        if (told.Kind != WorkerAnswerKind.Done)
            return new WorkerAnswer<WorkerSnapshot>(told.Kind, null, told.Error);
        await LookAsync(url);
        var wanted = isOn ? "ready" : "maintenance";
        return await SeenAsync(url, worker => worker.Status == wanted);
    }

    /// <summary>Gives a worker no more tasks, or tasks again. Its running tasks end. Kept over restarts, and in a
    /// cluster wherever the worker goes, until the workers file no longer names it.</summary>
    /// <param name="url">A known worker.</param>
    /// <param name="isDraining">True: no more tasks.</param>
    /// <returns>The worker as it is then.</returns>
    /// <exception cref="TaskStoreException">It could not be stored.</exception>
    public async ValueTask<WorkerAnswer<WorkerSnapshot>> DrainWorkerAsync(string url, bool isDraining)
    {
        await _drainOrders.WaitAsync();
        try
        {
            if (FindWorker(url) is null)
                return new WorkerAnswer<WorkerSnapshot>(WorkerAnswerKind.Unknown, null, null);
            await _context.Store.RememberDrainAsync(url, isDraining);
            if (_drains is { } drains)
            {
                drains.Tell(new LookAtWorker(url));
            }
            else
            {
                _context.Drains.Set(url, isDraining);
                _context.Fleet.Find(url)?.Actor.Tell(ReviewDrain.Instance);

                // The file may have stopped to name it meanwhile.
                if (isDraining && FindWorker(url) is null)
                    await _context.ForgetDrainAsync(url);
            }
        }
        finally
        {
            _drainOrders.Release();
        }

        return await SeenAsync(url, worker => worker.IsDraining == isDraining);
    }

    private async Task LookAsync(string url)
    {
        if (_context.Fleet.Find(url) is not { } target)
        {
            if (_context.Shared is { } shared)
                await shared.TellWorkerAsync(url);
            return;
        }

        try
        {
            await target.Actor.AskAsync<bool>(static reply => new LookNow(reply), SeenPatience);
        }
        catch (AskTimeoutException)
        {
            // It answers no health call at the moment; the next one tells.
        }
    }

    private async ValueTask<WorkerAnswer<WorkerSnapshot>> SeenAsync(string url, Predicate<WorkerSnapshot> isSeen)
    {
        var changes = Channel.CreateBounded<bool>(
            new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        using var own = Events.Subscribe<FleetChanged>(_ => changes.Writer.TryWrite(true));
        using var all = Events.Subscribe<ClusterFleetChanged>(_ => changes.Writer.TryWrite(true));
        using var patience = new CancellationTokenSource(SeenPatience, _context.Clock.Time);
        while (true)
        {
            var worker = FindWorker(url);
            if (worker is null)
                return new WorkerAnswer<WorkerSnapshot>(WorkerAnswerKind.Unknown, null, null);
            if (isSeen(worker))
                return new WorkerAnswer<WorkerSnapshot>(WorkerAnswerKind.Done, worker, null);
            try
            {
                await changes.Reader.ReadAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                return new WorkerAnswer<WorkerSnapshot>(WorkerAnswerKind.Done, worker, null);
            }
        }
    }
}
