using ActorBalancer.Engine.Queues;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Cluster;

// One key, one task, on whatever nodes its senders are.
internal sealed partial class SharedDesk
{
    /// <summary>How old the claim of a key is whose task is not there when its maker is taken for dead: longer than a
    /// store is given to answer an enqueue. Source: ours.</summary>
    private const int ClaimMilliseconds = 5000;

    /// <summary>From one look at a claim whose task is being made to the next.</summary>
    private static readonly TimeSpan ClaimPause = TimeSpan.FromMilliseconds(100);

    // The first with a key runs the task; all others wait for the same end.
    private async ValueTask<TaskOutcome> RunOnceAsync(
        TaskRequest request, IdempotencyMark mark, CancellationToken cancellationToken)
    {
        while (true)
        {
            var id = _ids.Next(out var now);
            var claimed = await ClaimAsync(mark, id, request.Queue);
            if (claimed.IsMine)
                return await RunNewAsync(request, id, now, cancellationToken);
            if (claimed.Refusal is { } refusal)
                return refusal;
            var earlier = claimed.Earlier!;
            if (TaskTransitions.IsFinal(earlier.State))
                return Outcomes.Of(earlier);
            if (await OutcomeOfAsync(earlier, cancellationToken) is { } same)
                return same;
        }
    }

    private async Task SubmitOnceAsync(TaskRequest request, IdempotencyMark mark, TaskReceipt[] receipts, int place)
    {
        var id = _ids.Next(out var now);
        var claimed = await ClaimAsync(mark, id, request.Queue);
        if (!claimed.IsMine)
        {
            receipts[place] = new TaskReceipt(claimed.Earlier?.Id ?? default, claimed.Refusal);
            return;
        }

        if (Refuse(request, out var queue) is { } refusal)
        {
            await ReleaseAsync(mark, id);
            receipts[place] = new TaskReceipt(default, refusal);
            return;
        }

        try
        {
            await SendOneAsync(
                QueuedTasks.New(request, queue!.Key, id, now, TaskDurability.Committed), receipts, place);
        }
        finally
        {
            _engine.Gate.Leave(request.Body.Length);
        }
    }

    // The same key with the same body means the same task, whatever becomes of it; while somebody else makes that task,
    // this waits for what comes of it.
    private async ValueTask<Claim> ClaimAsync(IdempotencyMark mark, TaskId id, QueueKey queue)
    {
        try
        {
            TaskId? instead = null;
            while (_isOpen)
            {
                var holder = await _store.ClaimKeyAsync(mark, id, queue, instead);
                if (holder.Id == id)
                    return new Claim(true, null, null);
                var (kind, found) = await LookAsync(holder.Id);
                if (found is not null)
                {
                    return holder.Body == mark.Body
                        ? new Claim(false, found.Task.Snapshot, null)
                        : new Claim(false, null, Outcomes.KeyReused());
                }

                if (kind == TaskAnswerKind.Gone
                    || _store.NowMilliseconds - holder.ClaimedAtMilliseconds >= ClaimMilliseconds)
                    instead = holder.Id;
                else
                    await Task.Delay(ClaimPause, _engine.Clock.Time, _stopping.Token);
            }
        }
        catch (TaskStoreException)
        {
            return new Claim(false, null, Outcomes.StoreRefuses());
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }

        return new Claim(false, null, Outcomes.Stopping());
    }

    // The outcome of another's task; null when nobody knows it any more. The token ends the wait alone.
    private async ValueTask<TaskOutcome?> OutcomeOfAsync(TaskSnapshot task, CancellationToken cancellationToken)
    {
        var last = await WaitForEndAsync(task.Id, task.Queue, _engine.Options.TaskTimeout, cancellationToken);
        if (last is { Lookup.Task: { Task.Snapshot: var ended } })
            return Outcomes.Of(ended);
        if (last is not null)
        {
            if (last.Reply is not { Reply: not null } reply)
                return null;
            var outcome = OutcomeWire.Decode(reply);
            outcome.TaskId = task.Id;
            outcome.TraceParent = task.TraceParent;
            return outcome;
        }

        return cancellationToken.IsCancellationRequested ? Outcomes.Cancelled()
            : _stopping.IsCancellationRequested ? Outcomes.Kept(0)
            : Outcomes.TimedOut(_engine.Options.TaskTimeout, 0);
    }

    // Nothing hangs on this: a claim that stays is found to have no task, and is replaced after a while.
    private async ValueTask ReleaseAsync(IdempotencyMark? mark, TaskId id)
    {
        if (mark is null)
            return;
        try
        {
            await _store.ReleaseKeyAsync(mark.Key, id);
        }
        catch (TaskStoreException)
        {
            // It stays, then.
        }
    }

    /// <summary>What came of a claim on a key.</summary>
    /// <param name="IsMine">True when the caller is to make the task now.</param>
    /// <param name="Earlier">The task that was made under the key before; null when there is none.</param>
    /// <param name="Refusal">Why there is neither.</param>
    private readonly record struct Claim(bool IsMine, TaskSnapshot? Earlier, TaskOutcome? Refusal);
}
