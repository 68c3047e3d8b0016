using System.Collections.Concurrent;
using ActorBalancer.Engine.Storage.Journal;
using ActorBalancer.Engine.Tasks;
using Microsoft.Extensions.Logging;

namespace ActorBalancer.Engine.Storage;

/// <summary>
/// The queues of one process that shares its tasks with no other: in memory, with or without a journal on disk.
/// Thread-safe; each queue belongs to one owner at a time. Opened once.
/// </summary>
public sealed class LocalTaskStore : ITaskStore
{
    private readonly ConcurrentDictionary<QueueKey, LocalTaskQueue> _queues = new();
    private readonly SequenceSource _sequences;
    private readonly TimeProvider _timeProvider;
    private readonly SqliteJournal? _journal;
    private readonly MemoryArchive? _memory;
    private readonly ConcurrentDictionary<(QueueKey, string), bool> _functions = new(); // seen, so known to the disk
    private int _openings;
    private volatile bool _isOpen;

    private LocalTaskStore(string name, SequenceSource sequences, TimeProvider timeProvider, SqliteJournal? journal)
    {
        Name = name;
        _sequences = sequences;
        _timeProvider = timeProvider;
        _journal = journal;
        _memory = journal is null ? new MemoryArchive(timeProvider) : null;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public bool IsHealthy => _journal?.IsHealthy ?? true;

    /// <summary>A store without a disk: what it holds ends with the process, committed or not.</summary>
    /// <param name="timeProvider">Clock by which delayed tasks come due.</param>
    public static LocalTaskStore InMemory(TimeProvider timeProvider) =>
        new("memory", new SequenceSource(), timeProvider, null);

    /// <summary>A store with a journal in an SQLite file.</summary>
    /// <param name="options">Where and how.</param>
    /// <param name="balancerKey">The balancer's own key, not empty; worker keys on disk are encrypted under it. Tasks
    /// that were written under another key run without their worker keys.</param>
    /// <param name="timeProvider">Clock.</param>
    /// <param name="logger">Receives what operators must know: events 4001 to 4014.</param>
    /// <exception cref="ArgumentException">The options are wrong; the message lists every mistake.</exception>
    public static LocalTaskStore Sqlite(
        LocalTaskStoreOptions options, string balancerKey, TimeProvider timeProvider, ILogger logger) =>
        Sqlite(options, balancerKey, timeProvider, logger, null);

    /// <summary>The same, watched by a test.</summary>
    internal static LocalTaskStore Sqlite(
        LocalTaskStoreOptions options,
        string balancerKey,
        TimeProvider timeProvider,
        ILogger logger,
        Action<JournalStage>? onStage)
    {
        ArgumentException.ThrowIfNullOrEmpty(balancerKey);
        var errors = options.Validate();
        if (errors.Count > 0)
            throw new ArgumentException(string.Join(' ', errors), nameof(options));
        var sequences = new SequenceSource();
        var journal = new SqliteJournal(options, balancerKey, sequences, timeProvider, logger, onStage);
        return new LocalTaskStore("sqlite", sequences, timeProvider, journal);
    }

    /// <inheritdoc/>
    public async ValueTask<StoreContent> OpenAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _openings, 1) != 0)
            throw new InvalidOperationException("A store is opened once; make a new one to open its files again.");
        var content = new StoreContent(
            [], new Dictionary<QueueKey, IReadOnlyCollection<string>>(), new Dictionary<QueueKey, long>(), []);
        if (_journal is not null)
        {
            var tasks = new List<QueuedTask>();
            var others = await _journal.OpenAsync(Restore, cancellationToken);
            content = others with { Tasks = tasks };
            foreach (var (key, functions) in content.Functions)
            {
                foreach (var function in functions)
                    _functions.TryAdd((key, function), true);
            }

            void Restore(QueuedTask task)
            {
                QueueOf(task.Queue).Restore(task);
                tasks.Add(task);
            }
        }

        _isOpen = true;
        return content;
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The store is not open.</exception>
    public ITaskQueue GetQueue(QueueKey key)
    {
        if (!_isOpen)
            throw new InvalidOperationException($"Queue {key}: the store must be opened before its queues are used.");
        return QueueOf(key);
    }

    /// <inheritdoc/>
    public ValueTask<byte[]?> ReadBodyAsync(QueuedTask task) =>
        _journal is null ? new ValueTask<byte[]?>(task.Body) : new ValueTask<byte[]?>(_journal.ReadBodyAsync(task));

    /// <inheritdoc/>
    public ITaskArchive Archive => (ITaskArchive?)_journal?.Archive ?? _memory!;

    /// <inheritdoc/>
    public void RememberFunctions(QueueKey key, IReadOnlyCollection<string> functions)
    {
        // What was seen before is on disk, or on its way: fleets report the same again and again.
        var news = functions.Where(function => _functions.TryAdd((key, function), true)).ToList();
        if (news.Count > 0 && _journal is not null)
            _ = ObserveAsync(_journal.OrderAsync(new FunctionsOrder(key, news)));
    }

    /// <inheritdoc/>
    public async ValueTask RememberPauseAsync(QueueKey key, long? untilMilliseconds)
    {
        if (_journal is not null)
            await _journal.OrderAsync(new PauseOrder(key, untilMilliseconds));
    }

    /// <inheritdoc/>
    public async ValueTask RememberDrainAsync(string url, bool isDraining)
    {
        if (_journal is not null)
            await _journal.OrderAsync(new DrainOrder(url, isDraining));
    }

    /// <summary>Writes what is left, empties the log and closes the files. The queues must not be used any more: what
    /// is still enqueued is refused.</summary>
    public async ValueTask DisposeAsync()
    {
        // A store that was never opened has no thread that would end.
        if (_journal is not null && Interlocked.Exchange(ref _openings, 1) != 0)
            await _journal.DisposeAsync();
    }

    private LocalTaskQueue QueueOf(QueueKey key) =>
        _queues.TryGetValue(key, out var queue) ? queue : _queues.GetOrAdd(key, MakeQueue);

    private LocalTaskQueue MakeQueue(QueueKey key) => new(key, _sequences, _timeProvider, _journal, _memory);

    private static async Task ObserveAsync(Task written)
    {
        try
        {
            await written;
        }
        catch (TaskStoreException)
        {
            // Only at the end of a store whose disk fails: the functions are seen again when their workers are.
        }
    }
}
