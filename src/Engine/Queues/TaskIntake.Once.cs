using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Queues;

// One key, one task: intake under an idempotency key, and the key of a task that comes back.
internal sealed partial class TaskIntake
{
    /// <summary>Claims an idempotency key. The same key with the same body means the same task, whatever becomes of it;
    /// while somebody else makes that task, this waits for what comes of it.</summary>
    public async ValueTask<KeyClaim> ClaimAsync(IdempotencyMark mark)
    {
        while (_isOpen)
        {
            var claim = engine.Keys.Take(mark, out var isOwner);
            if (isOwner)
                return await LookForEndedAsync(claim);
            if (await claim.Made is { } earlier)
            {
                return claim.Mark.Body == mark.Body
                    ? new KeyClaim { Earlier = earlier }
                    : new KeyClaim { Refusal = Outcomes.KeyReused() };
            }
        }

        return new KeyClaim { Refusal = Outcomes.Stopping() };
    }

    /// <summary>Takes in a task whose sender waits, under a claim that the caller owns. The claim learns what came of
    /// it.</summary>
    public ValueTask<TaskOutcome> RunAsync(
        TaskRequest request, IdempotencyKeys.Claim claim, CancellationToken cancellationToken)
    {
        if (Refuse(request.Queue, request.Function, request.Body.Length, out var route) is { } refusal)
        {
            engine.Keys.Release(claim);
            return new ValueTask<TaskOutcome>(refusal);
        }

        var outcome = Start(request, route!, cancellationToken, out var task);
        Settle(claim, task.Id);
        return outcome;
    }

    /// <summary>Brings an ended task back. While it lives its idempotency key is its own again: nobody makes another
    /// task under it.</summary>
    /// <param name="task">The task.</param>
    /// <param name="isStillArchived">Asked once nobody else can bring it back: whether it is as it was.</param>
    /// <returns>Null when it is queued again and on disk; otherwise why not.</returns>
    public async ValueTask<TaskOutcome?> ReviveAsync(QueuedTask task, Func<ValueTask<bool>> isStillArchived)
    {
        if (task.Options.Idempotency is not { } mark)
            return await EnqueueRevivedAsync(task, isStillArchived);
        var claim = engine.Keys.Take(mark, out var isOwner);
        if (!isOwner)
            return Outcomes.Busy();
        var refusal = await EnqueueRevivedAsync(task, isStillArchived);
        if (refusal is null)
            Settle(claim, task.Id);
        else
            Withdraw(claim, task);
        return refusal;
    }

    private async ValueTask<TaskOutcome?> EnqueueRevivedAsync(QueuedTask task, Func<ValueTask<bool>> isStillArchived)
    {
        if (Refuse(task.Queue, task.Function, task.BodyBytes, out var route) is { } refusal)
            return refusal;
        TaskOutcome reason;
        try
        {
            if (engine.Live.TryAdd(task) && await isStillArchived())
                return (await SubmitAsync(route!, task)).Refusal;
            reason = Outcomes.Busy();
        }
        catch (TaskStoreException)
        {
            reason = Outcomes.StoreRefuses();
        }

        engine.Leave(route!, task);
        return reason;
    }

    // A task that was leased before its commit was refused lives on: a repetition is to find it, not to make another.
    private void Withdraw(IdempotencyKeys.Claim claim, QueuedTask task)
    {
        claim.Hold(task);
        if (!engine.Live.TryFind(task.Id, out _))
            engine.Keys.Release(claim);
    }

    // A task may have left before its claim knew of it: then nobody else takes the key back.
    private void Settle(IdempotencyKeys.Claim claim, TaskId id)
    {
        claim.Set(id);
        if (!engine.Live.TryFind(id, out _))
            engine.Keys.Remove(claim.Mark.Key, id);
    }

    private async ValueTask<KeyClaim> LookForEndedAsync(IdempotencyKeys.Claim claim)
    {
        try
        {
            if (await engine.Store.Archive.FindByKeyAsync(claim.Mark.Key) is not { } earlier)
                return new KeyClaim { Mine = claim };
            engine.Keys.Release(claim);
            return earlier.Options.Idempotency!.Body == claim.Mark.Body
                ? new KeyClaim { Earlier = earlier.Snapshot.Id, Ended = earlier.Snapshot }
                : new KeyClaim { Refusal = Outcomes.KeyReused() };
        }
        catch (TaskStoreException)
        {
            engine.Keys.Release(claim);
            return new KeyClaim { Refusal = Outcomes.StoreRefuses() };
        }
    }

    private async Task SubmitOnceAsync(TaskRequest request, TaskReceipt[] receipts, int index)
    {
        var claimed = await ClaimAsync(request.Options.Idempotency!);
        receipts[index] = claimed.Mine is { } mine
            ? await SubmitClaimedAsync(request, mine)
            : new TaskReceipt(claimed.Earlier, claimed.Refusal);
    }

    private async ValueTask<TaskReceipt> SubmitClaimedAsync(TaskRequest request, IdempotencyKeys.Claim claim)
    {
        if (Refuse(request, out var route) is { } refusal)
        {
            engine.Keys.Release(claim);
            return new TaskReceipt(default, refusal);
        }

        var task = Make(request, route!, TaskDurability.Committed);
        var receipt = await SubmitAsync(route!, task);
        if (receipt.Refusal is null)
            Settle(claim, task.Id);
        else
            Withdraw(claim, task);
        return receipt;
    }
}
