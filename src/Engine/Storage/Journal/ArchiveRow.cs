using System.Text.Json;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage.Journal;

/// <summary>Makes ended tasks of the archive's rows.</summary>
internal static class ArchiveRow
{
    /// <summary>What is shown as the error of a task whose row is damaged.</summary>
    public const string Damage = "The record of this task is damaged on the balancer's disk.";

    /// <summary>Number of <see cref="ArchiveSchema.SnapshotColumns"/>; the others follow.</summary>
    private const int SnapshotCount = 24;

    private const int HistoryColumn = 22;

    private const int ExtrasColumn = 23;

    /// <summary>Reads a row of <see cref="ArchiveSchema.SnapshotColumns"/>. What cannot be read is left out:
    /// whoever asks for the task itself is told.</summary>
    public static TaskSnapshot ReadSnapshot(SqliteStatement row) => new()
    {
        Id = row.Id(0),
        State = (TaskState)row.Integer(1),
        Queue = new QueueKey(row.Text(2), (int)row.Integer(3)),
        Function = row.Text(4),
        Priority = (int)row.Integer(5),
        Mode = (TaskMode)row.Integer(6),
        Tags = ArchiveTags.Read(row.TextOrNull(7)),
        OrderingKey = TaskExtras.ReadOrderingKey(row.Bytes(ExtrasColumn)),
        CreatedAtMilliseconds = row.Integer(8),
        DueAtMilliseconds = row.Integer(9),
        StartedAtMilliseconds = row.Integer(10),
        FinishedAtMilliseconds = row.Integer(11),
        KeptUntilMilliseconds = row.Integer(12),
        WorkerStatus = (int)row.Integer(14),
        Error = row.TextOrNull(15),
        ResultContentType = row.TextOrNull(16),
        Delivery = row.IsNull(17) ? null : ReadDelivery(row),
        Attempts = ReadHistory(row),
    };

    /// <summary>Reads a row of <see cref="ArchiveSchema.SelectOne"/>.</summary>
    /// <param name="row">The row.</param>
    /// <param name="cipher">Opens its secrets.</param>
    /// <param name="withBody">True when the body was asked for.</param>
    /// <param name="isWhole">False when the row does not match its checksums: what is doubtful is left out then, and
    /// the error says so.</param>
    public static ArchivedTask ReadTask(SqliteStatement row, WorkerKeyCipher cipher, bool withBody, out bool isWhole)
    {
        var snapshot = ReadSnapshot(row);
        var isBodyWhole = !withBody || RecordChecksum.OfBody(snapshot.Id, row.Bytes(29)) == row.Integer(25);
        var sum = RecordChecksum.OfArchived(
            snapshot.Id, snapshot.State, row.Bytes(28), row.Bytes(HistoryColumn), row.Bytes(ExtrasColumn),
            row.Bytes(27));
        var isRestWhole = sum == row.Integer(SnapshotCount);
        isWhole = isBodyWhole && isRestWhole;

        var rest = isRestWhole ? TaskExtras.Read(row.Bytes(ExtrasColumn), cipher, out _) : TaskExtras.None;
        return new ArchivedTask
        {
            Snapshot = isRestWhole
                ? snapshot with { Result = row.BytesOrNull(28), TraceParent = rest.TraceParent }
                : snapshot with { Attempts = [], OrderingKey = null, Error = Damage },
            Options = isRestWhole ? rest.Options : new TaskOptions { Mode = snapshot.Mode, Tags = snapshot.Tags },
            TraceParent = rest.TraceParent,
            Attempt = (int)row.Integer(13),
            WorkerKey = row.IsNull(26) ? null : cipher.Open(row.Bytes(26)),
            Events = isRestWhole ? JournalJson.ReadEvents(row.Bytes(27)) : [],
            Body = isBodyWhole ? row.BytesOrNull(29) : null,
        };
    }

    private static WebhookDelivery ReadDelivery(SqliteStatement row) => new(
        (WebhookDeliveryState)row.Integer(17),
        (int)row.Integer(18),
        row.Integer(19),
        (int)row.Integer(20),
        row.TextOrNull(21));

    private static AttemptRecord[] ReadHistory(SqliteStatement row)
    {
        try
        {
            return JournalJson.ReadHistory(row.Bytes(HistoryColumn)) ?? [];
        }
        catch (JsonException)
        {
            return [];
        }
    }
}
