using Microsoft.Extensions.Logging;

namespace ActorBalancer.Engine.Storage.Journal;

/// <summary>
/// Writes rounds of records, one transaction each, and gets over failures of the disk. Everything but
/// <see cref="IsHealthy"/> and <see cref="LastFailure"/> belongs to the journal's thread.
/// </summary>
/// <remarks>
/// W1: after a failure the connection is closed without a checkpoint, the log is made trustworthy, and a new
/// connection is opened; until a transaction has succeeded on it, commits that somebody waits for are refused at once.
/// W2: tries are spaced by a wait that doubles up to <see cref="RetryWaitMax"/> and starts over only when a task was
/// written: a disk that has room for a deletion but for no task is not yet well.
/// </remarks>
internal sealed partial class JournalWriter : IDisposable
{
    /// <summary>Sequences to reserve at once; a crash leaves the rest of them unused, of 2^43.</summary>
    private const long SequenceBlock = 1 << 20;

    private static readonly TimeSpan RetryWaitMin = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest wait between tries: a freed disk is noticed within it.</summary>
    private static readonly TimeSpan RetryWaitMax = TimeSpan.FromSeconds(2);

    private readonly JournalFile _file;
    private readonly JournalIntake _intake;
    private readonly SequenceSource _sequences;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly Action<JournalStage>? _onStage;
    private readonly JournalBatch _batch;
    private readonly ITimer _retryTimer;
    private JournalConnection? _connection;
    private WorkerKeyCipher? _cipher;
    private long _sequenceReserved;
    private TimeSpan _retryWait = RetryWaitMin;
    private long _failedAt;
    private volatile bool _isHealthy = true;
    private volatile string _lastFailure = "";

    /// <summary>Makes a writer that waits for <see cref="Start"/>.</summary>
    public JournalWriter(
        JournalFile file,
        JournalIntake intake,
        BodyBudget budget,
        SequenceSource sequences,
        TimeProvider timeProvider,
        ILogger logger,
        Action<JournalStage>? onStage)
    {
        _file = file;
        _intake = intake;
        _sequences = sequences;
        _timeProvider = timeProvider;
        _logger = logger;
        _onStage = onStage;
        _batch = new JournalBatch(intake, budget);
        _retryTimer = timeProvider.CreateTimer(
            static state => ((JournalIntake)state!).Wake(), intake, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>False from a failed transaction to the next that succeeds. Thread-safe.</summary>
    public bool IsHealthy => _isHealthy;

    /// <summary>What failed last; empty before the first failure. Thread-safe.</summary>
    public string LastFailure => _lastFailure;

    /// <summary>Takes over the connection and the cipher of an opened journal.</summary>
    public void Start(JournalConnection connection, WorkerKeyCipher cipher, long sequenceReserved)
    {
        _connection = connection;
        _cipher = cipher;
        _sequenceReserved = sequenceReserved;
    }

    /// <summary>Writes what is due, in as many transactions as it takes.</summary>
    public void WriteDue()
    {
        var deletionsAlone = _intake.TakeTick();
        while (IsUsable())
        {
            _batch.Gather(deletionsAlone, all: false);
            deletionsAlone = false;
            if (_batch.IsEmpty && !MustReserve)
                break;
            _onStage?.Invoke(JournalStage.Gathered);
            if (TryWrite(isProof: false))
                CheckpointIfLong();
            _intake.GiveRoom(always: false);
        }

        // While the disk fails, the retry timer alone decides when to look again.
        if (_connection is not null)
            _intake.Rearm();
        _intake.GiveRoom(always: _connection is null);
    }

    /// <summary>Writes everything that is left, due or not; at the end.</summary>
    public void WriteAll()
    {
        // A disk that fails now gets one more try: further ones would only keep the process from ending.
        var failures = 0;
        while (failures < 2)
        {
            if (_connection is null && !TryReopen())
            {
                failures++;
                continue;
            }

            _batch.Gather(deletionsAlone: true, all: true);
            if (_batch.IsEmpty)
                break;
            if (!TryWrite(isProof: false))
                failures++;
        }

        SaveLastSequence();
        if (_batch.LeftCount > 0)
            LogLeftUnwritten(_logger, _batch.LeftCount, _file.Path, _lastFailure);
        _batch.Abandon(new TaskStoreException(
            $"The journal '{_file.Path}' was closed before it could write the change ({_lastFailure})."));
    }

    /// <summary>Closes the connection; a healthy one empties the log.</summary>
    public void Dispose()
    {
        _retryTimer.Dispose();
        _connection?.Dispose();
        _cipher?.Dispose();
    }

    private bool MustReserve => _sequences.Last + (SequenceBlock / 2) > _sequenceReserved;

    private bool IsUsable()
    {
        if (_connection is not null)
            return true;
        if (RetryRemaining < JournalIntake.ShortestWait && TryReopen())
            return true;

        JournalIntake.SetTimer(_retryTimer, RetryRemaining);
        _intake.DropEnded();
        while (_intake.TryTakeRequest(out var request))
            request.Refuse(Refusal(null));
        return false;
    }

    private TimeSpan RetryRemaining => _retryWait - _timeProvider.GetElapsedTime(_failedAt);

    /// <summary>Writes the batch in one transaction.</summary>
    /// <param name="isProof">True writes a fact as well, so that the disk is touched in any case.</param>
    private bool TryWrite(bool isProof)
    {
        try
        {
            var reserve = MustReserve ? _sequences.Last + SequenceBlock : _sequenceReserved;
            _connection!.Begin();
            if (isProof || reserve != _sequenceReserved)
                _connection.SaveFact(JournalSchema.FactSequence, reserve);
            _batch.Write(_connection, _cipher!);
            _onStage?.Invoke(JournalStage.BeforeCommit);
            _connection.Commit();
            _onStage?.Invoke(JournalStage.AfterCommit);
            _sequenceReserved = reserve;
        }
        catch (Exception exception)
        {
            Fail(exception);
            return false;
        }

        if (_batch.HasTasks)
            _retryWait = RetryWaitMin;
        // Healthy before anyone is told: whoever sends the next task because of it must not be refused.
        SetHealthy();
        _batch.Succeed();
        _onStage?.Invoke(JournalStage.Done);
        return true;
    }

    private void CheckpointIfLong()
    {
        try
        {
            _connection!.CheckpointIfLong();
        }
        catch (Exception exception)
        {
            // The records are safe in the log, but a connection that failed a write is not used again (J3).
            Fail(exception);
        }
    }

    private void SaveLastSequence()
    {
        if (_connection is null)
            return;
        try
        {
            _connection.Begin();
            _connection.SaveFact(JournalSchema.FactSequence, _sequences.Last);
            _connection.Commit();
        }
        catch (Exception exception)
        {
            // The block that was reserved before still holds: only numbers are wasted.
            Fail(exception);
        }
    }

    private void Fail(Exception exception)
    {
        _connection?.Abandon();
        _connection = null;
        NoteFailure(exception);
        _batch.Fail(Refusal(exception));
        _onStage?.Invoke(JournalStage.Failed);
    }

    /// <summary>Opens a new connection and proves it with what waits and makes room.</summary>
    private bool TryReopen()
    {
        SqliteDatabase? database = null;
        try
        {
            WriteAheadLogRepair.Rewrite(_file.LogPath);
            database = _file.Reopen();
            _connection = new JournalConnection(database);
        }
        catch (Exception exception)
        {
            database?.Abandon();
            NoteFailure(exception);
            return false;
        }

        _batch.GatherRelief();
        return TryWrite(isProof: true);
    }

    private void NoteFailure(Exception exception)
    {
        var wait = _isHealthy && _retryWait == RetryWaitMin ? RetryWaitMin : _retryWait * 2;
        _retryWait = wait < RetryWaitMax ? wait : RetryWaitMax;
        _failedAt = _timeProvider.GetTimestamp();
        _lastFailure = exception.Message;
        if (_isHealthy)
            LogWriteFailed(_logger, _file.Path, exception);
        _isHealthy = false;
    }

    private void SetHealthy()
    {
        if (_isHealthy)
            return;
        _isHealthy = true;
        LogWriteRecovered(_logger, _file.Path);
    }

    private TaskStoreException Refusal(Exception? exception) => new(
        $"The task was not stored: the journal '{_file.Path}' cannot be written ({_lastFailure}). Send it again later.",
        exception);

    [LoggerMessage(4003, LogLevel.Error, "The journal {Path} cannot be written; new tasks are refused until it can.")]
    private static partial void LogWriteFailed(ILogger logger, string path, Exception exception);

    [LoggerMessage(4004, LogLevel.Information, "The journal {Path} can be written again.")]
    private static partial void LogWriteRecovered(ILogger logger, string path);

    [LoggerMessage(4005, LogLevel.Error,
        "The journal {Path} closes without {Count} changes that could not be written: {Reason}")]
    private static partial void LogLeftUnwritten(ILogger logger, int count, string path, string reason);
}
