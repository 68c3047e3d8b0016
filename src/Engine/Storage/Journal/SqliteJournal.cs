using ActorBalancer.Engine.Tasks;
using Microsoft.Extensions.Logging;

namespace ActorBalancer.Engine.Storage.Journal;

/// <summary>
/// Keeps a record of each task on disk for as long as the task lives. Queues call it from their owners' threads; one
/// thread of its own writes.
/// </summary>
/// <remarks>
/// J1: a commit that was waited for is on disk when its submitter is told.
/// J2: everything that came while a transaction ran goes into the next one; no timer stands between.
/// J3: a connection that has failed a write is never used again.
/// J4: after the end of the writer's thread nobody waits for it.
/// </remarks>
internal sealed partial class SqliteJournal : IAsyncDisposable
{
    /// <summary>Low bits of a lease token, counted within one opening of the file: at a million leases a second they
    /// last half a year. The bits above hold the epoch, so tokens grow over restarts whatever the clock does.</summary>
    public const int TokenBits = 44;

    private const UnixFileMode OwnerOnly =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly LocalTaskStoreOptions _options;
    private readonly string _balancerKey;
    private readonly SequenceSource _sequences;
    private readonly ILogger _logger;
    private readonly Action<JournalStage>? _onStage;
    private readonly JournalFile _file;
    private readonly JournalIntake _intake;
    private readonly BodyReader _bodyReader;
    private readonly ArchiveReader _archiveLookups;
    private readonly ArchiveReader _archiveLists;
    private readonly JournalWriter _writer;
    private readonly TaskCompletionSource<StoreContent> _opened =
        new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private StoreContent? _content;
    private volatile bool _isClosing;
    private volatile bool _isClosed;

    /// <summary>Makes a journal that touches no file before <see cref="OpenAsync"/>.</summary>
    /// <param name="options">Valid settings.</param>
    /// <param name="balancerKey">Secret from which the key for worker keys is derived.</param>
    /// <param name="sequences">The store's sequences; opening sets where they go on.</param>
    /// <param name="timeProvider">Clock.</param>
    /// <param name="logger">Log.</param>
    /// <param name="onStage">For tests; called on the writer's thread. Null for none.</param>
    public SqliteJournal(
        LocalTaskStoreOptions options,
        string balancerKey,
        SequenceSource sequences,
        TimeProvider timeProvider,
        ILogger logger,
        Action<JournalStage>? onStage)
    {
        _options = options;
        _balancerKey = balancerKey;
        _sequences = sequences;
        _logger = logger;
        _onStage = onStage;
        _file = new JournalFile(options);
        _intake = new JournalIntake(timeProvider, options.WriteBehindDelay, options.UnwrittenBytesMax);
        Budget = new BodyBudget(options.BodyMemoryBytesMax);
        _bodyReader = new BodyReader(_file, Budget, logger);
        _archiveLookups = new ArchiveReader("archive lookups", _file, logger);
        _archiveLists = new ArchiveReader("archive lists", _file, logger);
        Archive = new JournalArchive(this, _archiveLookups, _archiveLists, timeProvider);
        _writer = new JournalWriter(_file, _intake, Budget, sequences, timeProvider, logger, onStage);
    }

    /// <summary>Bodies in memory.</summary>
    public BodyBudget Budget { get; }

    /// <summary>The ended tasks.</summary>
    public ITaskArchive Archive { get; }

    /// <summary>False while writes fail.</summary>
    public bool IsHealthy => _writer.IsHealthy;

    /// <summary>Lease tokens of this opening are greater; set before the first task is restored.</summary>
    public long TokenBase { get; private set; }

    /// <summary>Opens the file and hands every task in it to <paramref name="restore"/>, in order of sequence, on the
    /// writer's thread. Once.</summary>
    /// <returns>What else the file holds; without the tasks.</returns>
    /// <exception cref="TaskStoreException">The file cannot be used; the journal is closed then.</exception>
    public Task<StoreContent> OpenAsync(Action<QueuedTask> restore, CancellationToken cancellationToken)
    {
        var thread = new Thread(() => Run(restore, cancellationToken)) { IsBackground = true, Name = "journal writer" };
        thread.Start();
        return _opened.Task;
    }

    /// <summary>Why a new task cannot be taken now; null when it can.</summary>
    public TaskStoreException? FindRefusal(TaskDurability durability)
    {
        if (_isClosing)
            return new TaskStoreException("The task was not stored: the store is closing.");
        if (_writer.IsHealthy || (durability == TaskDurability.WriteBehind && _intake.HasRoom))
            return null;
        return new TaskStoreException(
            $"The task was not stored: the journal '{_file.Path}' cannot be written ({_writer.LastFailure}). It is "
            + "tried again all the time; send the task again later.");
    }

    /// <summary>Writes tasks with the next commit.</summary>
    /// <returns>Completes after it; fails with <see cref="TaskStoreException"/> when it failed.</returns>
    public Task CommitAsync(CommitRequest request)
    {
        _intake.Submit(request);
        if (_isClosed)
            RefuseRequests();
        return request.Task;
    }

    /// <summary>Has a task's record looked at when the delay is over, and written if it is new or has
    /// changed.</summary>
    public void Defer(QueuedTask task) => _intake.Defer(task);

    /// <summary>Completes at once while the disk keeps up; otherwise when it has caught up.</summary>
    public ValueTask WaitForRoomAsync() =>
        _intake.HasRoom || !_writer.IsHealthy || _isClosing
            ? ValueTask.CompletedTask
            : new ValueTask(_intake.WaitForRoomAsync());

    /// <summary>Ends a task's record.</summary>
    /// <param name="task">A task that has just been marked as ended.</param>
    /// <param name="end">How it ended.</param>
    /// <param name="stateBefore">Its record's state before that.</param>
    /// <returns>Completes at once when nothing of the task is kept, otherwise after the commit.</returns>
    public ValueTask<bool> EndAsync(QueuedTask task, TaskEnd end, int stateBefore)
    {
        var isInMemory = (stateBefore & TaskRecord.Dropped) == 0;
        var body = isInMemory ? task.Body : null;
        if (isInMemory)
            Budget.Remove(body?.Length ?? 0);
        if (end.KeptUntilMilliseconds is not null || end.HasDelivery)
            return new ValueTask<bool>(Keep(new EndRequest(task, end, stateBefore, body)));
        TaskRecord.MarkEndStored(task);
        if (task.Durability == TaskDurability.Committed)
            _intake.Wake(); // somebody may wait for this task's commit, which will not come
        if (TaskRecord.MustDelete(stateBefore))
            _intake.Delete(new DeletedRecord(task.Sequence, (stateBefore & TaskRecord.HasProgress) != 0));
        return new ValueTask<bool>(true);
    }

    /// <summary>Has the writer do something in the archive.</summary>
    /// <returns>Completes after the commit; fails with <see cref="TaskStoreException"/> when it failed.</returns>
    public Task<int> OrderAsync(ArchiveOrder order)
    {
        _intake.Submit(order);
        if (_isClosed)
            RefuseRequests();
        return order.Task;
    }

    /// <summary>Reads bodies from disk.</summary>
    public Task ReadBodiesAsync(BodyRequest request)
    {
        _bodyReader.Submit(request);
        return request.Task;
    }

    /// <summary>Reads one body from disk for somebody who only looks; null when it is not there.</summary>
    public Task<byte[]?> ReadBodyAsync(QueuedTask task) => _archiveLookups.ReadBodyAsync(task);

    /// <summary>Writes everything that is left, empties the log, closes the file. Only after
    /// <see cref="OpenAsync"/>, which may have failed.</summary>
    public ValueTask DisposeAsync()
    {
        _isClosing = true;
        _intake.Wake();
        return new ValueTask(_closed.Task);
    }

    private void Run(Action<QueuedTask> restore, CancellationToken cancellationToken)
    {
        DataDirectoryLock? directoryLock = null;
        try
        {
            directoryLock = LockDirectory();
            Open(restore, cancellationToken);
            _opened.SetResult(_content!);
            Serve();
        }
        catch (Exception exception)
        {
            // An opening that fails is its caller's to tell of; Serve throws nothing.
            _opened.TrySetException(exception);
        }
        finally
        {
            _isClosing = true;
            _bodyReader.Close();
            _archiveLookups.Close();
            _archiveLists.Close();
            _writer.Dispose();
            directoryLock?.Dispose();
            _isClosed = true;
            RefuseRequests();
            _intake.GiveRoom(always: true);
            _intake.Dispose();
            _closed.SetResult();
        }
    }

    private void Serve()
    {
        while (!_isClosing)
        {
            _intake.Wait();
            _writer.WriteDue();
            _onStage?.Invoke(JournalStage.Idle);
        }

        _writer.WriteAll();
    }

    private DataDirectoryLock LockDirectory()
    {
        try
        {
            // Tasks are their senders' business: a directory that is made here is closed to other users.
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(_options.DataDirectory);
            else
                Directory.CreateDirectory(_options.DataDirectory, OwnerOnly);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new TaskStoreException(
                $"The data directory '{_options.DataDirectory}' cannot be made: {exception.Message}", exception);
        }

        return DataDirectoryLock.Take(_options.DataDirectory);
    }

    private void Open(Action<QueuedTask> restore, CancellationToken cancellationToken)
    {
        var tail = InspectLog();
        var database = _file.OpenChecked();
        try
        {
            if (tail.Bytes > 0)
                LogTail(_logger, _file.LogPath, tail.Bytes, tail.Frames);
            var connection = new JournalConnection(database);
            var facts = RecoveredFacts.Raise(database, connection);
            TokenBase = facts.Epoch << TokenBits;
            var cipher = new WorkerKeyCipher(_balancerKey, facts.Salt);
            var reader = new JournalReader(_file.Path, cipher, Budget);
            reader.ReadAll(database, restore, cancellationToken);
            _content = new StoreContent(
                [],
                reader.ReadFunctions(database),
                reader.ReadPauses(database),
                JournalReader.ReadDeliveries(database))
            {
                Drains = JournalReader.ReadDrains(database),
            };
            _archiveLookups.Start(new WorkerKeyCipher(_balancerKey, facts.Salt));
            _archiveLists.Start(new WorkerKeyCipher(_balancerKey, facts.Salt));
            _sequences.StartAfter(Math.Max(facts.SequenceReserved, reader.LastSequence));
            if (reader.UnreadableKeys > 0)
                LogKeysUnreadable(_logger, reader.UnreadableKeys, _file.Path);
            LogOpened(_logger, _file.Path, reader.Count, facts.Epoch);
            _writer.Start(connection, cipher, facts.SequenceReserved);
        }
        catch (SqliteFailure failure)
        {
            database.Abandon();
            throw new TaskStoreException($"The journal '{_file.Path}' cannot be read: {failure.Message}.", failure);
        }
        catch
        {
            database.Abandon();
            throw;
        }
    }

    private WriteAheadLogTail InspectLog()
    {
        try
        {
            return WriteAheadLogTail.Inspect(_file.LogPath);
        }
        catch (IOException)
        {
            return WriteAheadLogTail.None; // only words depend on it, and the opening will say what it finds
        }
    }

    private Task<bool> Keep(EndRequest request)
    {
        _intake.Submit(request);
        if (_isClosed)
            RefuseRequests();
        return request.Task;
    }

    private void RefuseRequests()
    {
        while (_intake.TryTakeRequest(out var request))
            request.Refuse(new TaskStoreException("The task was not stored: the store is closed."));
        while (_intake.TryTakeEnd(out var end))
            end.TrySetException(new TaskStoreException("The end of the task was not stored: the store is closed."));
        while (_intake.TryTakeOrder(out var order))
            order.TrySetException(new TaskStoreException("The change was not stored: the store is closed."));
    }

    [LoggerMessage(4001, LogLevel.Information, "Journal {Path} opened: {Count} tasks, opening number {Epoch}.")]
    private static partial void LogOpened(ILogger logger, string path, int count, long epoch);

    [LoggerMessage(4002, LogLevel.Warning,
        "Worker keys or webhooks of {Count} tasks in {Path} were sealed under another balancer key; they run without.")]
    private static partial void LogKeysUnreadable(ILogger logger, int count, string path);

    [LoggerMessage(4014, LogLevel.Warning,
        "The log {Path} ends with {Bytes} bytes ({Frames} frames) that are no whole commit: a write that was cut "
        + "short, or damage. They are left out; all commits before them are there.")]
    private static partial void LogTail(ILogger logger, string path, long bytes, long frames);
}
