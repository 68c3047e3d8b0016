using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Telemetry;
using Microsoft.Extensions.Logging;

namespace ActorBalancer.Engine.Storage.Journal;

/// <summary>
/// Reads bodies back from disk on a thread and a connection of its own, so that a lease waits for neither a commit nor
/// the thread pool. Thread-safe. Starts its thread with the first request.
/// </summary>
internal sealed partial class BodyReader
{
    /// <summary>Bytes after which no more is read for one request; what is left asks again when its turn
    /// comes.</summary>
    private const int ReadAheadBytesMax = 4 << 20;

    private readonly JournalFile _file;
    private readonly BodyBudget _budget;
    private readonly ILogger _logger;
    private readonly ReaderThread<BodyRequest> _thread;
    private SqliteDatabase? _database; // the reader's thread only
    private SqliteStatement? _select; // the reader's thread only

    /// <summary>Makes a reader that opens nothing before the first request.</summary>
    public BodyReader(JournalFile file, BodyBudget budget, ILogger logger)
    {
        _file = file;
        _budget = budget;
        _logger = logger;
        _thread = new ReaderThread<BodyRequest>("journal reader", Serve, CloseConnection);
    }

    /// <summary>Hands a request to the thread.</summary>
    /// <exception cref="TaskStoreException">The reader is closed.</exception>
    public void Submit(BodyRequest request) => _thread.Submit(request);

    /// <summary>Ends the thread and closes the connection; requests before it are served.</summary>
    public void Close() => _thread.Close();

    private void Serve(BodyRequest request)
    {
        try
        {
            Read(request);
            request.TrySetResult();
        }
        catch (Exception exception)
        {
            LogReadFailed(_logger, _file.Path, exception);
            CloseConnection();
            request.TrySetException(new TaskStoreException(
                $"The body of a task cannot be read from '{_file.Path}': {exception.Message}.", exception));
        }
    }

    private void Read(BodyRequest request)
    {
        if (_database is null)
        {
            _database = _file.OpenReader();
            _select = _database.Prepare(JournalSchema.SelectBody);
        }

        // One snapshot for all: without it each row would take and drop the reader's lock. It is short, because the
        // log cannot start over while it lasts.
        _database.Execute("BEGIN");
        var bytes = 0L;
        for (var i = 0; i < request.Tasks.Count && bytes < ReadAheadBytesMax; i++)
        {
            var task = request.Tasks[i];
            var body = ReadBody(_select!, task);
            var length = body?.Length ?? 0;
            _budget.Add(length);
            if (!TaskRecord.PutBody(task, body))
                _budget.Remove(length);
            bytes += length;
        }

        _database.Execute("COMMIT");
    }

    private byte[]? ReadBody(SqliteStatement select, QueuedTask task)
    {
        byte[]? body = null;
        if (select.Bind(1, task.Sequence).Step())
        {
            var bytes = select.Bytes(1);
            if (RecordChecksum.Of(task, bytes, select.Bytes(2)) == select.Integer(0))
                body = bytes.ToArray();
            select.Reset();
        }

        // A task that has ended meanwhile may have lost its record by right.
        if (body is null && !TaskRecord.HasEnded(task))
            LogRecordDamaged(_logger, _file.Path, task.Sequence, TaskMark.Of(task));
        return body;
    }

    private void CloseConnection()
    {
        _database?.Abandon();
        _database = null;
    }

    [LoggerMessage(4010, LogLevel.Error, "The journal {Path} cannot be read; its waiting tasks stay where they are.")]
    private static partial void LogReadFailed(ILogger logger, string path, Exception exception);

    [LoggerMessage(4011, LogLevel.Error,
        "The journal {Path} is damaged: record {Sequence} of task {Task} is gone or does not match its checksum.")]
    private static partial void LogRecordDamaged(ILogger logger, string path, long sequence, TaskMark task);
}
