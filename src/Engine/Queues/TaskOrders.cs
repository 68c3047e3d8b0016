using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Telemetry;

namespace ActorBalancer.Engine.Queues;

/// <summary>What becomes of orders about ended tasks, whatever store keeps them.</summary>
internal static class TaskOrders
{
    /// <summary>Tasks that are changed side by side.</summary>
    public const int PageSize = 500;

    /// <summary>Cancels a task that has ended.</summary>
    public static TaskOrderResult Cancel(TaskState state) => new(
        state == TaskState.Cancelled ? TaskAnswerKind.Done : TaskAnswerKind.TooLate, state);

    /// <summary>Queues a dead or cancelled task again.</summary>
    /// <param name="task">The task, its body read.</param>
    /// <param name="revive">Brings it back; null when it is queued again, otherwise why not.</param>
    public static async ValueTask<TaskOrderResult> RetryAsync(
        ArchivedTask task, Func<QueuedTask, ValueTask<TaskOutcome?>> revive)
    {
        var state = task.Snapshot.State;
        if (!TaskTransitions.IsFinal(state) || !TaskTransitions.Allows(state, TaskState.Queued))
            return new TaskOrderResult(TaskAnswerKind.TooLate, state);
        if (task.Body is not { } body)
            return new TaskOrderResult(TaskAnswerKind.Refused, state, Outcomes.Damaged());
        TracingSpans.LinkToTask(task);
        return await revive(QueuedTasks.Revived(task, body)) is { } refusal
            ? new TaskOrderResult(TaskAnswerKind.Refused, state, refusal)
            : new TaskOrderResult(TaskAnswerKind.Done, TaskState.Queued);
    }

    /// <summary>Retries all ended tasks of a filter, newest first.</summary>
    /// <returns>How many came back.</returns>
    public static Task<int> RetryAllAsync(
        ITaskArchive archive, TaskFilter filter, Func<TaskId, ValueTask<TaskOrderResult>> retry) =>
        ForEachPageAsync(archive, filter, async page =>
        {
            var results = await Task.WhenAll(page.Select(task => retry(task.Id).AsTask()));
            return results.Count(static result => result.Kind == TaskAnswerKind.Done);
        });

    /// <summary>Forgets the ended tasks of a filter.</summary>
    /// <returns>How many there were.</returns>
    public static Task<int> PurgeAsync(ITaskArchive archive, TaskFilter filter) => ForEachPageAsync(
        archive, filter, async page => await archive.DeleteAsync([.. page.Select(static task => task.Id)]));

    /// <summary>Has the result of a task delivered again, with tries anew: the order is in the archive when the call
    /// completes with <see cref="TaskAnswerKind.Done"/>.</summary>
    public static async ValueTask<TaskOrderResult> RedeliverAsync(
        ITaskArchive archive, TaskSnapshot task, long nowMilliseconds)
    {
        if (task.Delivery is null or { State: WebhookDeliveryState.Pending })
            return new TaskOrderResult(TaskAnswerKind.TooLate, task.State);
        await archive.SaveDeliveryAsync(
            task.Id, new WebhookDelivery(WebhookDeliveryState.Pending, 0, nowMilliseconds, 0, null), 0);
        return new TaskOrderResult(TaskAnswerKind.Done, task.State);
    }

    private static Task<int> ForEachPageAsync(
        ITaskArchive archive, TaskFilter filter, Func<IReadOnlyList<TaskSnapshot>, Task<int>> act) =>
        ForEachPageAsync(before => archive.ListAsync(filter, before, PageSize), act);

    /// <summary>Acts on one page after the other, however many there are.</summary>
    /// <param name="list">Gives at most <see cref="PageSize"/> tasks older than one, newest first.</param>
    /// <param name="act">Tells how many it changed.</param>
    /// <returns>How many were changed.</returns>
    public static async Task<int> ForEachPageAsync(
        Func<TaskId?, ValueTask<IReadOnlyList<TaskSnapshot>>> list, Func<IReadOnlyList<TaskSnapshot>, Task<int>> act)
    {
        var count = 0;
        TaskId? before = null;
        while (true)
        {
            var page = await list(before);
            if (page.Count == 0)
                return count;
            before = page[^1].Id;
            count += await act(page);
        }
    }
}
