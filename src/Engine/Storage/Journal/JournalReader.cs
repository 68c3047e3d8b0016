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

    /// <summary>Tasks whose worker key could not be opened.</summary>
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

    private QueuedTask Read(SqliteStatement row)
    {
        var sequence = row.Integer(0);
        var id = row.Bytes(1);
        var priority = row.Integer(5);
        if (id.Length != 16
            || priority is < 1 or > TaskLimits.PriorityMax
            || sequence is < 1 or > TaskOrder.SequenceMax)
            throw Damage(sequence);

        var task = new QueuedTask
        {
            BodyBytes = row.Bytes(12).Length,
            Id = new TaskId(new Guid(id)),
            Queue = new QueueKey(Name(row.Text(2)), (int)row.Integer(3)),
            Function = Name(row.Text(4)),
            Priority = (int)priority,
            CreatedAtMilliseconds = row.Integer(6),
            Attempt = (int)row.Integer(7),
            DueAtMilliseconds = row.Integer(8),
            Durability = (TaskDurability)row.Integer(9),
            WorkerKey = row.IsNull(11) ? null : OpenKey(row.Bytes(11)),
            Sequence = sequence,
            RecordState = TaskRecord.Written | (row.IsNull(13) ? 0 : TaskRecord.HasProgress),
        };

        var body = row.Bytes(12);
        if (RecordChecksum.Of(task, body) != row.Integer(10))
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
