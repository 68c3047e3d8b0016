using ActorBalancer.Engine.Tasks;
using StackExchange.Redis;

namespace ActorBalancer.Engine.Storage.Redis;

/// <summary>A change of one task on its way. Its result says whether it was done.</summary>
/// <param name="arguments">What the script gets: a letter, the id, and what that change needs.</param>
/// <param name="bytes">About its size.</param>
/// <param name="isStubborn">True when it is sent until Redis answers; otherwise it fails with the first trouble, and
/// may have been done all the same.</param>
internal sealed class RedisChange(RedisValue[] arguments, int bytes, bool isStubborn)
    : TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously), IRedisBatchItem
{
    /// <summary>What the script gets.</summary>
    public RedisValue[] Arguments => arguments;

    /// <inheritdoc/>
    public int Bytes => bytes;

    /// <inheritdoc/>
    public bool IsDropped => Task.IsCompleted;

    /// <summary>True when it is sent until Redis answers.</summary>
    public bool IsStubborn => isStubborn;

    /// <summary>The end of a leased task by its runner.</summary>
    public static RedisChange Complete(QueuedTask task, long token, TaskEnd end, string caller) =>
        Ending(["C", task.Id.ToString(), token], task.History, end, caller, isStubborn: true);

    /// <summary>The end of a waiting task.</summary>
    public static RedisChange Remove(QueuedTask task, TaskEnd end, string caller) =>
        Ending(["X", task.Id.ToString(), 0], task.History, end, caller, isStubborn: false);

    /// <summary>The end of a task that was seen in that state.</summary>
    public static RedisChange End(
        TaskId id, TaskState seen, long token, IReadOnlyList<AttemptRecord> history, TaskEnd end, string caller) =>
        Ending(["E", id.ToString(), token, (int)seen], [.. history], end, caller, isStubborn: false);

    /// <summary>A leased task waits again.</summary>
    public static RedisChange Retry(QueuedTask task, long token, long dueAtMilliseconds, bool countAttempt) => new(
        [
            "R", task.Id.ToString(), token, Math.Max(dueAtMilliseconds, 0), countAttempt ? 1 : 0,
            History(task.History),
        ],
        0,
        isStubborn: true);

    /// <summary>Which worker runs an attempt.</summary>
    public static RedisChange Note(QueuedTask task, AttemptRecord attempt) => new(
        ["N", task.Id.ToString(), task.LeaseToken, RedisRecord.WriteAttempt(attempt)], 0, isStubborn: false);

    /// <summary>It failed.</summary>
    public void Fail(Exception failure) => TrySetException(failure);

    private static RedisChange Ending(
        ReadOnlySpan<RedisValue> head, AttemptRecord[]? history, TaskEnd end, string caller, bool isStubborn)
    {
        var arguments = new List<RedisValue>(head.Length + 14);
        arguments.AddRange(head);
        arguments.Add((int)end.State);
        arguments.Add(end.AtMilliseconds);
        arguments.Add(end.KeptUntilMilliseconds is { } until ? until : "");
        arguments.Add(end.HasDelivery ? 1 : 0);
        arguments.Add(end.HasDelivery ? RedisRecord.WriteDelivery(WebhookDelivery.First) : "");
        arguments.Add(History(history));
        var isKept = end.HasDelivery || end.KeptUntilMilliseconds > end.AtMilliseconds;
        arguments.Add(isKept ? RedisRecord.WriteEnd(end) : "");
        arguments.Add(end.Result is null ? 0 : 1);
        arguments.Add(isKept && end.Result is { } result ? result : (RedisValue)"");
        arguments.Add(caller);
        arguments.Add(end.Reply is null ? 0 : 1);
        arguments.Add(end.Reply ?? (RedisValue)"");
        arguments.Add(isKept ? end.Events.Count : 0);
        if (isKept)
        {
            foreach (var told in end.Events)
                arguments.Add(RedisRecord.WriteEvent(told));
        }

        return new RedisChange(
            [.. arguments], (end.Result?.Length ?? 0) + (end.Reply?.Length ?? 0), isStubborn);
    }

    private static RedisValue History(AttemptRecord[]? history) =>
        Journal.JournalJson.WriteHistory(history) ?? (RedisValue)"";
}
