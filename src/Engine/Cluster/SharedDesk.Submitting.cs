using ActorBalancer.Engine.Queues;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Cluster;

// Tasks that nobody waits in.
internal sealed partial class SharedDesk
{
    public async ValueTask<TaskReceipt[]> SubmitAsync(IReadOnlyList<TaskRequest> requests)
    {
        var receipts = new TaskReceipt[requests.Count];
        var isChecked = await WebhookChecks.RunAsync(requests, receipts, _checkWebhook);
        var batches = new Dictionary<QueueKey, Batch>();
        var sent = new List<Task>();
        for (var i = 0; i < requests.Count; i++)
        {
            if (isChecked && receipts[i].Refusal is not null)
                continue;
            if (requests[i].Options.Idempotency is { } mark)
                sent.Add(SubmitOnceAsync(requests[i], mark, receipts, i));
            else if (Refuse(requests[i], out var queue) is { } refusal)
                receipts[i] = new TaskReceipt(default, refusal);
            else
                Batch.Of(batches, queue!.Key).Add(Make(requests[i], queue.Key), i);
        }

        foreach (var batch in batches.Values)
            sent.Add(SendAsync(batch, receipts));
        await Task.WhenAll(sent);
        return receipts;
    }

    private QueuedTask Make(TaskRequest request, QueueKey queue) =>
        QueuedTasks.New(request, queue, _ids.Next(out var now), now, TaskDurability.Committed);

    private async Task SendAsync(Batch batch, TaskReceipt[] receipts)
    {
        try
        {
            await SendTasksAsync(batch, receipts);
        }
        finally
        {
            foreach (var task in batch.Tasks)
                _engine.Gate.Leave(task.BodyBytes);
        }
    }

    private async Task SendTasksAsync(Batch batch, TaskReceipt[] receipts)
    {
        var tasks = batch.Tasks;
        try
        {
            await _store.GetSharedQueue(batch.Queue).EnqueueAsync(tasks);
            _rates.CountIn(batch.Queue, tasks.Count);
            for (var i = 0; i < tasks.Count; i++)
            {
                _engine.Figures.CountIn(tasks[i]);
                receipts[batch.Places[i]] = new TaskReceipt(tasks[i].Id, null);
            }
        }
        catch (TaskQueueFullException)
        {
            // Each by itself: what is there already is there, what fits still gets in, and each sender is told which.
            await Task.WhenAll(tasks.Select((task, i) => SendOneAsync(task, receipts, batch.Places[i])));
        }
        catch (TaskStoreException exception)
        {
            QueueLog.StoreRefusedBatch(_engine.Logger, tasks.Count, batch.Queue, exception.Message);
            for (var i = 0; i < tasks.Count; i++)
            {
                CallOffLater(tasks[i].Id, tasks[i].Options);
                _engine.Figures.CountRefusal(TaskOutcomeKind.Unavailable);
                receipts[batch.Places[i]] = new TaskReceipt(default, Outcomes.StoreRefuses());
            }
        }
    }

    private async Task SendOneAsync(QueuedTask task, TaskReceipt[] receipts, int place)
    {
        // One that has its place is in: it is not asked for again.
        var refusal = task.Sequence > 0 ? null : await EnqueueAsync(task);
        if (refusal is null)
        {
            _rates.CountIn(task.Queue);
            _engine.Figures.CountIn(task);
        }

        receipts[place] = new TaskReceipt(refusal is null ? task.Id : default, refusal);
    }

    /// <summary>Tasks of one queue that go to the store together.</summary>
    private sealed class Batch(QueueKey queue)
    {
        public QueueKey Queue => queue;

        public List<QueuedTask> Tasks { get; } = [];

        /// <summary>Where the receipt of each belongs.</summary>
        public List<int> Places { get; } = [];

        public static Batch Of(Dictionary<QueueKey, Batch> batches, QueueKey queue)
        {
            if (!batches.TryGetValue(queue, out var batch))
                batches.Add(queue, batch = new Batch(queue));
            return batch;
        }

        public void Add(QueuedTask task, int place)
        {
            Tasks.Add(task);
            Places.Add(place);
        }
    }
}
