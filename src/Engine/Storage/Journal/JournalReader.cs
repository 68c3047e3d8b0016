using System.Text.Json;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage.Journal;

/// <summary>Reads all tasks of a journal at start-up, in order of their sequence. Used once, on one thread.</summary>
/// <param name="path">The file, for messages.</param>
/// <param name="cipher">Opens worker keys.</param>
/// <param name="budget">How many bodies may stay in memory.</param>
internal sealed class JournalReader(string path, WorkerKeyCipher cipher, BodyBudget budget)
{
    // Tasks of a journal name few groups and functions: each is kept as one string.
    private readonly Dictionary<string, string> _names = [];

    /// <summary>Tasks read.</summary>
    public int Count { get; private set; }

    /// <summary>Tasks whose worker key or webhook could not be opened.</summary>
    public int UnreadableKeys { get; private set; }

    /// <summary>The highest sequence read.</summary>
    public long LastSequence { get; private set; }

    /// <summary>Hands every task to <paramref name="restore"/>.</summary>
    /// <exception cref="TaskStoreException">A record is damaged.</exception>
    public void ReadAll(SqliteDatabase database, Action<QueuedTask> restore, CancellationToken cancellationToken)
    {
        var rows = database.Prepare(JournalSchema.SelectTasks);
        while (rows.Step())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var task = Read(rows);
            Count++;
            LastSequence = task.Sequence;
            restore(task);
        }
    }

    /// <summary>Functions that were ever seen, by queue.</summary>
    public Dictionary<QueueKey, IReadOnlyCollection<string>> ReadFunctions(SqliteDatabase database)
    {
        var functions = new Dictionary<QueueKey, IReadOnlyCollection<string>>();
        var rows = database.Prepare(ArchiveSchema.SelectFunctions);
        while (rows.Step())
        {
            var key = new QueueKey(Name(rows.Text(0)), (int)rows.Integer(1));
            if (!functions.TryGetValue(key, out var known))
                functions.Add(key, known = new HashSet<string>(StringComparer.Ordinal));
            ((HashSet<string>)known).Add(Name(rows.Text(2)));
        }

        return functions;
    }

    /// <summary>Paused queues with the end of the pause.</summary>
    public Dictionary<QueueKey, long> ReadPauses(SqliteDatabase database)
    {
        var pauses = new Dictionary<QueueKey, long>();
        var rows = database.Prepare(ArchiveSchema.SelectPauses);
        while (rows.Step())
            pauses.Add(new QueueKey(Name(rows.Text(0)), (int)rows.Integer(1)), rows.Integer(2));
        return pauses;
    }

    /// <summary>URLs of workers that are to get no new tasks.</summary>
    public static List<string> ReadDrains(SqliteDatabase database)
    {
        var drains = new List<string>();
        var rows = database.Prepare(ArchiveSchema.SelectDrains);
        while (rows.Step())
            drains.Add(rows.Text(0));
        return drains;
    }

    /// <summary>Deliveries that are pending, the next first.</summary>
    public static List<PendingDelivery> ReadDeliveries(SqliteDatabase database)
    {
        var deliveries = new List<PendingDelivery>();
        var rows = database.Prepare(ArchiveSchema.SelectDeliveries);
        while (rows.Step())
            deliveries.Add(new PendingDelivery(rows.Id(0), (int)rows.Integer(1), rows.Integer(2)));
        return deliveries;
    }

    private QueuedTask Read(SqliteStatement row)
    {
        var sequence = row.Integer(0);
        var id = row.Bytes(1);
        var priority = row.Integer(5);
        if (id.Length != 16
            || priority is < 1 or > TaskLimits.PriorityMax
            || sequence is < 1 or > TaskOrder.SequenceMax)
            throw Damage(sequence);

        var extras = ReadExtras(row, sequence);
        var attempt = (int)row.Integer(7);
        var due = row.Integer(8);
        var hasProgress = !row.IsNull(13);
        var task = new QueuedTask
        {
            BodyBytes = row.Bytes(12).Length,
            Id = new TaskId(new Guid(id)),
            Queue = new QueueKey(Name(row.Text(2)), (int)row.Integer(3)),
            Function = Name(row.Text(4)),
            Priority = (int)priority,
            CreatedAtMilliseconds = row.Integer(6),
            Attempt = attempt,
            DueAtMilliseconds = due,
            // A task with progress has been leased: what it waits for is not its first start.
            State = due > 0 && (attempt > 0 || hasProgress) ? TaskState.Retrying : TaskState.Scheduled,
            Options = extras.Options,
            TraceParent = extras.TraceParent,
            History = ReadHistory(row, sequence),
            Durability = (TaskDurability)row.Integer(9),
            WorkerKey = row.IsNull(11) ? null : OpenKey(row.Bytes(11)),
            Sequence = sequence,
            RecordState = TaskRecord.Written | (hasProgress ? TaskRecord.HasProgress : 0),
        };

        var body = row.Bytes(12);
        if (RecordChecksum.Of(task, body, row.Bytes(14)) != row.Integer(10))
            throw Damage(sequence);
        KeepBody(task, body);
        return task;
    }

    private void KeepBody(QueuedTask task, ReadOnlySpan<byte> body)
    {
        if (budget.HasRoomFor(body.Length))
        {
            task.Body = body.ToArray();
            budget.Add(body.Length);
        }
        else
        {
            task.RecordState |= TaskRecord.Dropped;
        }
    }

    private TaskExtras ReadExtras(SqliteStatement row, long sequence)
    {
        try
        {
            var extras = TaskExtras.Read(row.Bytes(14), cipher, out var isReadable);
            if (!isReadable)
                UnreadableKeys++;
            return extras;
        }
        catch (JsonException)
        {
            throw Damage(sequence);
        }
    }

    private AttemptRecord[]? ReadHistory(SqliteStatement row, long sequence)
    {
        try
        {
            return JournalJson.ReadHistory(row.Bytes(15));
        }
        catch (JsonException)
        {
            throw Damage(sequence);
        }
    }

    private string? OpenKey(ReadOnlySpan<byte> sealedKey)
    {
        var key = cipher.Open(sealedKey);
        if (key is null)
            UnreadableKeys++;
        return key;
    }

    private string Name(string text)
    {
        if (_names.TryGetValue(text, out var known))
            return known;
        _names.Add(text, text);
        return text;
    }

    private TaskStoreException Damage(long sequence) => new(
        $"The journal '{path}' is damaged: the record with sequence {sequence} does not match its checksum. Restore a "
        + $"copy of the file, or delete the record (DELETE FROM tasks WHERE sequence = {sequence}) to start without "
        + "that task.");
}
