namespace ActorBalancer.Engine.Storage.Journal;

/// <summary>A thread that serves requests one by one, so that who reads from disk waits for neither a commit nor the
/// thread pool. Thread-safe. Started by the first request.</summary>
/// <typeparam name="TRequest">What is asked for.</typeparam>
/// <param name="name">Name of the thread.</param>
/// <param name="serve">Serves a request; throws nothing. On the thread.</param>
/// <param name="end">Called once, after the last request; on the thread if there is one.</param>
internal sealed class ReaderThread<TRequest>(string name, Action<TRequest> serve, Action end)
    where TRequest : class
{
    /// <summary>Requests that may wait; beyond it they are refused.</summary>
    private const int WaitingMax = 10_000;

    private readonly object _gate = new();
    private readonly Queue<TRequest> _requests = new(); // guarded by _gate
    private Thread? _thread; // guarded by _gate
    private bool _isClosed; // guarded by _gate

    /// <summary>Hands a request to the thread.</summary>
    /// <exception cref="TaskStoreException">The store is closed, or too many wait.</exception>
    public void Submit(TRequest request)
    {
        lock (_gate)
        {
            if (_isClosed)
                throw new TaskStoreException("Nothing can be read: the store is closed.");
            if (_requests.Count >= WaitingMax)
                throw new TaskStoreException($"Nothing can be read: {WaitingMax} others wait for the disk already.");
            _requests.Enqueue(request);
            if (_thread is null)
            {
                _thread = new Thread(Run) { IsBackground = true, Name = name };
                _thread.Start();
            }

            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Ends the thread; requests before it are served. Once.</summary>
    public void Close()
    {
        Thread? thread;
        lock (_gate)
        {
            _isClosed = true;
            thread = _thread;
            Monitor.Pulse(_gate);
        }

        if (thread is null)
            end();
        else
            thread.Join();
    }

    private void Run()
    {
        while (Next() is { } request)
            serve(request);
        end();
    }

    private TRequest? Next()
    {
        lock (_gate)
        {
            while (_requests.Count == 0 && !_isClosed)
                Monitor.Wait(_gate);
            return _requests.TryDequeue(out var request) ? request : null;
        }
    }
}
