using System.Text;
using ActorBalancer.Engine.Tasks;
using Microsoft.Extensions.Logging;

namespace ActorBalancer.Engine.Storage.Journal;

/// <summary>
/// Reads the archive on a thread and a connection of its own, so that it holds up neither commits nor leases. There are
/// two, one for single tasks and one for lists and counts: a long list holds up nobody who asks for a task.
/// Thread-safe, once <see cref="Start"/> was called.
/// </summary>
internal sealed partial class ArchiveReader
{
    private readonly JournalFile _file;
    private readonly ILogger _logger;
    private readonly ReaderThread<Question> _thread;
    private WorkerKeyCipher? _cipher;
    private SqliteDatabase? _database; // the reader's thread only
    private Dictionary<string, SqliteStatement> _statements = []; // the reader's thread only

    /// <summary>Makes a reader that opens nothing before the first question.</summary>
    /// <param name="name">Name of its thread.</param>
    /// <param name="file">The journal's file.</param>
    /// <param name="logger">Log.</param>
    public ArchiveReader(string name, JournalFile file, ILogger logger)
    {
        _file = file;
        _logger = logger;
        _thread = new ReaderThread<Question>(name, Serve, End);
    }

    /// <summary>Takes over the cipher; before the first question.</summary>
    public void Start(WorkerKeyCipher cipher) => _cipher = cipher;

    /// <summary>Ends the thread and closes the connection; questions before it are answered.</summary>
    public void Close() => _thread.Close();

    /// <summary>What is known of an id.</summary>
    public Task<ArchiveLookup> FindAsync(TaskId id, bool withBody) => AskAsync(() => Find(id, withBody));

    /// <summary>The body of a task that has not ended; null when it is not there or damaged.</summary>
    public Task<byte[]?> ReadBodyAsync(QueuedTask task) => AskAsync(() => ReadBody(task));

    /// <summary>The newest ended task that was made under a key; null for none.</summary>
    public Task<ArchivedTask?> FindByKeyAsync(UInt128 key) => AskAsync(() => FindByKey(key));

    /// <summary>A page, newest first.</summary>
    public Task<IReadOnlyList<TaskSnapshot>> ListAsync(TaskFilter filter, TaskId? before, int limit) =>
        AskAsync<IReadOnlyList<TaskSnapshot>>(() => List(filter, before, limit));

    /// <summary>Ended tasks by queue and state.</summary>
    public Task<IReadOnlyDictionary<(QueueKey Queue, TaskState State), long>> CountAsync() =>
        AskAsync<IReadOnlyDictionary<(QueueKey Queue, TaskState State), long>>(Count);

    private Task<T> AskAsync<T>(Func<T> read)
    {
        var question = new Question<T>(read);
        try
        {
            _thread.Submit(question);
        }
        catch (TaskStoreException refusal)
        {
            question.Fail(refusal);
        }

        return question.Task;
    }

    private void Serve(Question question)
    {
        try
        {
            _database ??= _file.OpenReader();
            question.Answer();
        }
        catch (Exception exception)
        {
            LogReadFailed(_logger, _file.Path, exception);
            CloseConnection();
            question.Fail(new TaskStoreException(
                $"The archive cannot be read from '{_file.Path}': {exception.Message}.", exception));
        }
    }

    private ArchiveLookup Find(TaskId id, bool withBody)
    {
        var row = Statement(ArchiveSchema.SelectOne).Bind(1, id).Bind(2, withBody ? 1 : 0);
        if (!row.Step())
            return new ArchiveLookup(null, IsGone(id));
        try
        {
            var task = ArchiveRow.ReadTask(row, _cipher!, withBody, out var isWhole);
            if (!isWhole)
                LogRowDamaged(_logger, _file.Path, id);
            return new ArchiveLookup(task, false);
        }
        finally
        {
            row.Reset();
        }
    }

    private byte[]? ReadBody(QueuedTask task)
    {
        var row = Statement(JournalSchema.SelectBody).Bind(1, task.Sequence);
        if (!row.Step())
            return null;
        var bytes = row.Bytes(1);
        var body = RecordChecksum.Of(task, bytes, row.Bytes(2)) == row.Integer(0) ? bytes.ToArray() : null;
        row.Reset();
        return body;
    }

    private bool IsGone(TaskId id)
    {
        var row = Statement(ArchiveSchema.SelectGone).Bind(1, id);
        row.Step();
        var isGone = row.Integer(0) > 0;
        row.Reset();
        return isGone;
    }

    private ArchivedTask? FindByKey(UInt128 key)
    {
        var row = Statement(ArchiveSchema.SelectKey);
        ArchiveWriter.BindKey(row, 1, key);
        if (!row.Step())
            return null;
        var id = row.Id(0);
        row.Reset();
        return Find(id, withBody: false).Task;
    }

    private List<TaskSnapshot> List(TaskFilter filter, TaskId? before, int limit)
    {
        var sql = new StringBuilder($"SELECT {ArchiveSchema.SnapshotColumns} FROM archive WHERE TRUE");
        AddIf(before is not null, " AND id < ?1");
        AddIf(filter.State is not null, " AND state = ?2");
        AddIf(filter.Group is not null, " AND queue_group = ?3");
        AddIf(filter.Contract is not null, " AND contract = ?4");
        AddIf(filter.Function is not null, " AND function = ?5");
        AddIf(filter.Tag is not null, " AND instr(tags, ?6) > 0");
        AddIf(filter.Delivery is not null, " AND delivery_state = ?7");
        var rows = Statement(sql.Append(" ORDER BY id DESC LIMIT ?8").ToString());
        if (before is { } id)
            rows.Bind(1, id);
        if (filter.State is { } state)
            rows.Bind(2, (long)state);
        if (filter.Group is { } group)
            rows.Bind(3, group);
        if (filter.Contract is { } contract)
            rows.Bind(4, contract);
        if (filter.Function is { } function)
            rows.Bind(5, function);
        if (filter.Tag is { } tag)
            rows.Bind(6, ArchiveTags.Pattern(tag));
        if (filter.Delivery is { } delivery)
            rows.Bind(7, (long)delivery);
        rows.Bind(8, limit);

        var found = new List<TaskSnapshot>();
        while (rows.Step())
            found.Add(ArchiveRow.ReadSnapshot(rows));
        return found;

        void AddIf(bool condition, string text)
        {
            if (condition)
                sql.Append(text);
        }
    }

    private Dictionary<(QueueKey Queue, TaskState State), long> Count()
    {
        var counts = new Dictionary<(QueueKey, TaskState), long>();
        var rows = Statement(ArchiveSchema.Count);
        while (rows.Step())
        {
            counts.Add(
                (new QueueKey(rows.Text(0), (int)rows.Integer(1)), (TaskState)rows.Integer(2)), rows.Integer(3));
        }

        return counts;
    }

    private SqliteStatement Statement(string sql)
    {
        if (!_statements.TryGetValue(sql, out var statement))
            _statements.Add(sql, statement = _database!.Prepare(sql));
        return statement;
    }

    private void End()
    {
        CloseConnection();
        _cipher?.Dispose();
    }

    private void CloseConnection()
    {
        _statements = [];
        _database?.Abandon();
        _database = null;
    }

    [LoggerMessage(4012, LogLevel.Error, "The archive in {Path} cannot be read.")]
    private static partial void LogReadFailed(ILogger logger, string path, Exception exception);

    [LoggerMessage(4013, LogLevel.Error,
        "The journal {Path} is damaged: the ended task {Task} does not match its checksum.")]
    private static partial void LogRowDamaged(ILogger logger, string path, TaskId task);

    private abstract class Question
    {
        public abstract void Answer();

        public abstract void Fail(TaskStoreException reason);
    }

    private sealed class Question<T>(Func<T> read) : Question
    {
        private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<T> Task => _answer.Task;

        public override void Answer() => _answer.SetResult(read());

        public override void Fail(TaskStoreException reason) => _answer.SetException(reason);
    }
}
