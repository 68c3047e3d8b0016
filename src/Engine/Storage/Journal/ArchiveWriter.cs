using System.Buffers.Binary;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage.Journal;

/// <summary>The statements that write the archive, on the journal's one writing connection. Belongs to the writer's
/// thread; each call is part of the open transaction.</summary>
internal sealed class ArchiveWriter
{
    /// <summary>How long it is remembered that there was a task. Source: the longest default retention.</summary>
    public const long MemoryMilliseconds = 7L * 24 * 3600 * 1000;

    /// <summary>Deleted tasks to remember; beyond it those are forgotten first whose memory would end first. A million
    /// are about 60 MB of file.</summary>
    public const int MemoriesMax = 1_000_000;

    private readonly SqliteDatabase _database;
    private readonly SqliteStatement _insert;
    private readonly SqliteStatement _selectBody;
    private readonly SqliteStatement _delete;
    private readonly SqliteStatement _remember;
    private readonly Dictionary<string, SqliteStatement> _others = [];
    private readonly int _memoriesMax;
    private long? _memories; // null before they were counted

    /// <summary>Prepares the statements that every end needs; the others come when they are asked for.</summary>
    public ArchiveWriter(SqliteDatabase database, int memoriesMax = MemoriesMax)
    {
        _database = database;
        _memoriesMax = memoriesMax;
        _insert = database.Prepare(ArchiveSchema.Insert);
        _selectBody = database.Prepare(JournalSchema.SelectBody);
        _delete = database.Prepare(ArchiveSchema.Delete);
        _remember = database.Prepare(ArchiveSchema.Remember);
    }

    /// <summary>Puts an ended task into the archive.</summary>
    /// <param name="request">The end.</param>
    /// <param name="body">Its body; null when it is damaged.</param>
    /// <param name="cipher">Seals its secrets.</param>
    public void Insert(EndRequest request, byte[]? body, WorkerKeyCipher cipher)
    {
        var task = request.Subject;
        var end = request.End;
        var history = JournalJson.WriteHistory(request.History);
        var extras = TaskExtras.Write(task.Options, task.TraceParent, cipher);
        var events = JournalJson.WriteEvents(end.Events);
        _insert
            .Bind(1, task.Sequence)
            .Bind(2, task.Id)
            .Bind(3, (long)end.State)
            .Bind(4, task.Queue.Group)
            .Bind(5, task.Queue.Contract)
            .Bind(6, task.Function)
            .Bind(7, task.Priority)
            .Bind(8, (long)task.Options.Mode)
            .BindOrNull(9, ArchiveTags.Write(task.Options.Tags))
            .Bind(10, task.CreatedAtMilliseconds)
            .Bind(11, request.DueAtMilliseconds)
            .Bind(12, request.History is [var first, ..] ? first.StartedAtMilliseconds : 0)
            .Bind(13, end.AtMilliseconds)
            .Bind(14, end.HasDelivery ? 0 : end.KeptUntilMilliseconds ?? 0)
            .Bind(15, request.Attempt)
            .Bind(16, end.WorkerStatus)
            .BindOrNull(17, end.Error)
            .BindOrNull(18, end.ResultContentType)
            .BindOrNull(25, history)
            .BindOrNull(26, task.WorkerKey is null ? null : cipher.Seal(task.WorkerKey))
            .BindOrNull(27, extras)
            .Bind(28, RecordChecksum.OfArchived(task.Id, end.State, end.Result, history, extras, events))
            .Bind(29, RecordChecksum.OfBody(task.Id, body))
            .BindOrNull(30, events)
            .BindOrNull(31, end.Result)
            .BindOrNull(32, body);
        BindDelivery(_insert, 19, end.HasDelivery ? WebhookDelivery.First : null);
        BindKey(_insert, 24, task.Options.Idempotency?.Key);
        _insert.Run();
    }

    /// <summary>The body in a task's row; null when it is not there or damaged.</summary>
    public byte[]? ReadBody(QueuedTask task)
    {
        if (!_selectBody.Bind(1, task.Sequence).Step())
            return null;
        var isWhole = RecordChecksum.Of(task, _selectBody.Bytes(1), _selectBody.Bytes(2)) == _selectBody.Integer(0);
        var body = isWhole ? _selectBody.Bytes(1).ToArray() : null;
        _selectBody.Reset();
        return body;
    }

    /// <summary>Remembers that there was a task.</summary>
    public void Remember(TaskId id, long nowMilliseconds)
    {
        _remember.Bind(1, id).Bind(2, nowMilliseconds + MemoryMilliseconds).Run();
        _memories++;
    }

    /// <summary>Takes a row out of the archive.</summary>
    /// <returns>All its columns, for <see cref="PutBack"/>; null when it is not there.</returns>
    public object?[]? Take(TaskId id)
    {
        var select = Other(ArchiveSchema.SelectRow).Bind(1, id);
        if (!select.Step())
            return null;
        var row = new object?[ArchiveSchema.ColumnCount];
        for (var i = 0; i < row.Length; i++)
            row[i] = select.Value(i);
        select.Reset();
        _delete.Bind(1, id).Run();
        return row;
    }

    /// <summary>Puts back what <see cref="Take"/> gave, unless it is there.</summary>
    public void PutBack(object?[] row)
    {
        var insert = Other(ArchiveSchema.PutBack);
        for (var i = 0; i < row.Length; i++)
            insert.BindValue(i + 1, row[i]);
        insert.Run();
    }

    /// <summary>Deletes a row and remembers that it was there; false when it was not.</summary>
    public bool Delete(TaskId id, long nowMilliseconds)
    {
        _delete.Bind(1, id).Run();
        if (_database.ChangedRows == 0)
            return false;
        Remember(id, nowMilliseconds);
        return true;
    }

    /// <summary>Deletes rows whose time is over, up to <paramref name="max"/>; returns how many.</summary>
    public int Sweep(long nowMilliseconds, int max)
    {
        var ids = new List<TaskId>();
        var over = Other(ArchiveSchema.SelectOver).Bind(1, nowMilliseconds).Bind(2, max);
        while (over.Step())
            ids.Add(over.Id(0));
        foreach (var id in ids)
            Delete(id, nowMilliseconds);
        return ids.Count;
    }

    /// <summary>Forgets tasks whose memory is over, and the oldest of too many, up to <paramref name="max"/>; true when
    /// none is left.</summary>
    public bool Forget(long nowMilliseconds, int max)
    {
        var before = CountMemories();
        Other(ArchiveSchema.ForgetOld).Bind(1, nowMilliseconds).Bind(2, max).Run();
        var count = _database.ChangedRows;
        _memories = before - count;
        var surplus = (int)Math.Min(_memories.Value - _memoriesMax, max);
        if (surplus > 0)
        {
            Other(ArchiveSchema.ForgetFirst).Bind(1, surplus).Run();
            _memories -= surplus;
        }

        return count < max && surplus < max;
    }

    /// <summary>Writes how a delivery stands; does nothing when the task is not there.</summary>
    public void SaveDelivery(TaskId id, WebhookDelivery delivery, long keptUntilMilliseconds)
    {
        var isPending = delivery.State == WebhookDeliveryState.Pending;
        var save = Other(ArchiveSchema.SaveDelivery).Bind(1, id).Bind(7, isPending ? 0 : keptUntilMilliseconds);
        BindDelivery(save, 2, delivery);
        save.Run();
    }

    /// <summary>Writes a function that was seen.</summary>
    public void SaveFunction(QueueKey key, string function) =>
        Other(ArchiveSchema.SaveFunction).Bind(1, key.Group).Bind(2, key.Contract).Bind(3, function).Run();

    /// <summary>Writes a pause, or deletes it for null.</summary>
    public void SavePause(QueueKey key, long? untilMilliseconds)
    {
        if (untilMilliseconds is { } until)
            Other(ArchiveSchema.SavePause).Bind(1, key.Group).Bind(2, key.Contract).Bind(3, until).Run();
        else
            Other(ArchiveSchema.DeletePause).Bind(1, key.Group).Bind(2, key.Contract).Run();
    }

    /// <summary>Writes or deletes that a worker is to get no new tasks.</summary>
    public void SaveDrain(string url, bool isDraining) =>
        Other(isDraining ? ArchiveSchema.SaveDrain : ArchiveSchema.DeleteDrain).Bind(1, url).Run();

    /// <summary>Binds an idempotency key; null as NULL.</summary>
    public static void BindKey(SqliteStatement statement, int index, UInt128? key)
    {
        if (key is not { } value)
        {
            statement.BindNull(index);
            return;
        }

        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, value);
        statement.Bind(index, bytes);
    }

    // Counted once for each connection: the connection goes with a transaction that failed, so the number holds.
    private long CountMemories() => _memories ?? _database.QueryInteger(ArchiveSchema.CountGone);

    private static void BindDelivery(SqliteStatement statement, int index, WebhookDelivery? delivery)
    {
        if (delivery is null)
        {
            for (var i = 0; i < 5; i++)
                statement.BindNull(index + i);
            return;
        }

        statement
            .Bind(index, (long)delivery.State)
            .Bind(index + 1, delivery.Tries)
            .Bind(index + 2, delivery.DueAtMilliseconds)
            .Bind(index + 3, delivery.LastStatus)
            .BindOrNull(index + 4, delivery.LastError);
    }

    private SqliteStatement Other(string sql)
    {
        if (!_others.TryGetValue(sql, out var statement))
            _others.Add(sql, statement = _database.Prepare(sql));
        return statement;
    }
}
