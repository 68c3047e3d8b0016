using System.Globalization;
using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage.Redis;

/// <summary>
/// Idempotency keys: each is a string that names the task which holds it. It lies in a slot of its own, so it follows
/// its task in a step after the task's own; a crash between the two leaves a claim without a task, which whoever
/// claims next replaces, or a key that outlives its task, which ends by itself. Thread-safe.
/// </summary>
internal sealed class RedisKeyClaims(RedisLink link, RedisKeys keys)
{
    /// <summary>Milliseconds for which a key is held whose task has not ended. Source: the longest default retention.
    /// </summary>
    public const long HeldMilliseconds = 7L * 24 * 3600 * 1000;

    // Id and print are 32 digits each.
    private const int Digits = 32;
    private const int BodyAt = Digits + 1;
    private const int TimeAt = BodyAt + Digits + 1;

    private static readonly RedisScript ClaimScript = RedisScript.Load("claim-key");
    private static readonly RedisScript NoteScript = RedisScript.Load("note-key");
    private static readonly RedisScript ReleaseScript = RedisScript.Load("release-key");

    /// <summary>See <see cref="ISharedTaskStore.ClaimKeyAsync"/>.</summary>
    public async Task<KeyHolder> ClaimAsync(IdempotencyMark mark, TaskId id, QueueKey queue, TaskId? instead)
    {
        var answer = await link.RunAsync(
            ClaimScript, [keys.IdempotencyKey(mark.Key)], Holder(id, mark), queue.ToString(), instead?.ToString() ?? "",
            HeldMilliseconds);
        return Read((string?)answer)
            ?? throw new TaskStoreException(
                $"Redis: what lies under '{keys.IdempotencyKey(mark.Key)}' is no claim of a key.");
    }

    /// <summary>Gives a key back if that task still holds it.</summary>
    public Task ReleaseAsync(UInt128 key, TaskId id) =>
        link.RunAsync(ReleaseScript, [keys.IdempotencyKey(key)], id.ToString());

    /// <summary>Who holds a key; null for nobody.</summary>
    public async Task<KeyHolder?> FindAsync(UInt128 key)
    {
        var held = await link.AskAsync(database => database.StringGetAsync(keys.IdempotencyKey(key)));
        return Read(held);
    }

    /// <summary>A task has been enqueued: the key that it holds stays with it for <see cref="HeldMilliseconds"/>
    /// after it is due. Nothing for a task without a key, and for one whose claim holds as long anyway.</summary>
    /// <remarks>Sent beside the task, it may come after the word of its end: so it makes no claim, and what need not be
    /// sent is not.</remarks>
    public Task NoteMadeAsync(QueuedTask task)
    {
        if (task.Options.Idempotency is not { } mark || (task.DueAtMilliseconds == 0 && !task.WasArchived))
            return Task.CompletedTask;
        var until = Math.Max(link.NowMilliseconds, task.DueAtMilliseconds) + HeldMilliseconds;
        return NoteAsync(mark, task.Id, task.Queue, until, mayClaim: false);
    }

    /// <summary>A task has ended: its key is held as long as it is kept, and free when it is not.</summary>
    public Task NoteEndedAsync(IdempotencyMark mark, TaskId id, QueueKey queue, TaskEnd end)
    {
        var until = end.HasDelivery ? link.NowMilliseconds + HeldMilliseconds
            : end.KeptUntilMilliseconds is { } kept && kept > end.AtMilliseconds ? kept
            : 0;
        return NoteAsync(mark, id, queue, until, mayClaim: true);
    }

    /// <summary>The delivery of an ended task is done: its key is held as long as the task is kept.</summary>
    public Task NoteDeliveredAsync(IdempotencyMark mark, TaskId id, QueueKey queue, long keptUntilMilliseconds) =>
        NoteAsync(mark, id, queue, Math.Max(keptUntilMilliseconds, 0), mayClaim: false);

    private async Task NoteAsync(
        IdempotencyMark mark, TaskId id, QueueKey queue, long untilMilliseconds, bool mayClaim) => await link.RunAsync(
            NoteScript, [keys.IdempotencyKey(mark.Key)],
            Holder(id, mark), queue.ToString(), untilMilliseconds, mayClaim ? 1 : 0);

    private static string Holder(TaskId id, IdempotencyMark mark) =>
        string.Create(CultureInfo.InvariantCulture, $"{id} {mark.Body:x32}");

    // Such as "ID BODY 1900000000000 mail/1".
    private static KeyHolder? Read(string? held)
    {
        if (held is null || held.Length <= TimeAt)
            return null;
        var space = held.IndexOf(' ', TimeAt);
        return space > 0
            && RedisKeys.TryParseQueue(held[(space + 1)..], out var queue)
            && TaskId.TryParse(held.AsSpan(0, Digits), out var id)
            && UInt128.TryParse(
                held.AsSpan(BodyAt, Digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var body)
            && long.TryParse(
                held.AsSpan(TimeAt, space - TimeAt), NumberStyles.None, CultureInfo.InvariantCulture, out var time)
            ? new KeyHolder(id, queue, body, time)
            : null;
    }
}
