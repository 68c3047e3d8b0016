using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage.Journal;

/// <summary>The archive in the journal's file: the writer's thread changes it, two others answer.</summary>
/// <param name="journal">Takes changes.</param>
/// <param name="lookups">Answers for single tasks.</param>
/// <param name="lists">Answers for many.</param>
/// <param name="timeProvider">Clock by which deleted tasks are remembered.</param>
internal sealed class JournalArchive(
    SqliteJournal journal, ArchiveReader lookups, ArchiveReader lists, TimeProvider timeProvider) : ITaskArchive
{
    /// <inheritdoc/>
    public ValueTask<ArchiveLookup> FindAsync(TaskId id, bool withBody) => new(lookups.FindAsync(id, withBody));

    /// <inheritdoc/>
    public ValueTask<ArchivedTask?> FindByKeyAsync(UInt128 idempotencyKey) =>
        new(lookups.FindByKeyAsync(idempotencyKey));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<TaskSnapshot>> ListAsync(TaskFilter filter, TaskId? before, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return new ValueTask<IReadOnlyList<TaskSnapshot>>(lists.ListAsync(filter, before, limit));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyDictionary<(QueueKey Queue, TaskState State), long>> CountAsync() =>
        new(lists.CountAsync());

    /// <inheritdoc/>
    public ValueTask<int> DeleteAsync(IReadOnlyList<TaskId> ids) =>
        new(journal.OrderAsync(new DeleteOrder([.. ids], timeProvider.GetUtcNow().ToUnixTimeMilliseconds())));

    /// <inheritdoc/>
    public async ValueTask SaveDeliveryAsync(TaskId id, WebhookDelivery delivery, long keptUntilMilliseconds) =>
        await journal.OrderAsync(new DeliveryOrder(id, delivery, keptUntilMilliseconds));

    /// <inheritdoc/>
    public ValueTask<int> SweepAsync(long nowMilliseconds) => new(journal.OrderAsync(new SweepOrder(nowMilliseconds)));
}
