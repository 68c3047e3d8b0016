using System.Text;

namespace ActorBalancer.Api.Logging;

/// <summary>
/// Writes lines to a stream from one thread of its own, so that a slow or stuck reader of standard output never holds
/// up who logs. Lines wait in a bounded queue; beyond the bound they are dropped and counted.
/// <list type="bullet">
/// <item>O1: the waiting lines, counts and the end are touched only under the gate; nothing is written under it.</item>
/// <item>O2: the thread sleeps only when it has seen, under the gate, that nothing waits and the end has not come;
/// whoever changes either pulses under the same gate, so no line is left behind.</item>
/// </list>
/// </summary>
internal sealed class LogOutput : IDisposable
{
    /// <summary>Most lines that wait. Ours: a second or so of a very busy log.</summary>
    public const int LinesMax = 8192;

    /// <summary>Most characters that wait, so that long lines cannot fill the memory.</summary>
    public const int CharactersMax = 4 * 1024 * 1024;

    // A reader that is stuck for longer does not hold up the end of the process.
    private static readonly TimeSpan FlushTimeoutDefault = TimeSpan.FromSeconds(5);

#pragma warning disable MA0158 // System.Threading.Lock cannot be waited on; this gate is.
    private readonly object _gate = new();
#pragma warning restore MA0158
    private readonly Thread _thread;
    private readonly StreamWriter _writer;
    private readonly Func<long, string> _dropNotice;
    private readonly TimeSpan _flushTimeout;
    private List<string> _waiting = [];
    private int _waitingCharacters;
    private long _droppedUnreported;
    private long _dropped;
    private bool _hasEnded;

    /// <summary>Starts the thread.</summary>
    /// <param name="stream">Written as UTF-8; not closed.</param>
    /// <param name="dropNotice">Makes the line that says how many lines were dropped.</param>
    /// <param name="flushTimeout">How long <see cref="Dispose"/> waits; null for 5 s.</param>
    public LogOutput(Stream stream, Func<long, string> dropNotice, TimeSpan? flushTimeout = null)
    {
        _writer = new StreamWriter(stream, new UTF8Encoding(false), bufferSize: 32 * 1024, leaveOpen: true)
        {
            NewLine = "\n",
        };
        _dropNotice = dropNotice;
        _flushTimeout = flushTimeout ?? FlushTimeoutDefault;
        _thread = new Thread(Run) { IsBackground = true, Name = "log" };
        _thread.Start();
    }

    /// <summary>Lines dropped so far: the queue was full, the stream is broken, or the end has come.</summary>
    public long DroppedCount
    {
        get
        {
            lock (_gate) return _dropped;
        }
    }

    /// <summary>Hands a line over. Never blocks, never throws.</summary>
    /// <param name="line">Without its line end.</param>
    /// <returns>False when it was dropped.</returns>
    public bool TryWrite(string line)
    {
        lock (_gate)
        {
            if (_hasEnded || _waiting.Count >= LinesMax || _waitingCharacters + line.Length > CharactersMax)
            {
                _dropped++;
                _droppedUnreported++;
                return false;
            }

            _waiting.Add(line);
            _waitingCharacters += line.Length;
            if (_waiting.Count == 1) Monitor.Pulse(_gate);
            return true;
        }
    }

    /// <summary>Writes what waits, for a limited time, and ends the thread. May be called twice.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _hasEnded = true;
            Monitor.Pulse(_gate);
        }

        // The writer belongs to the thread, which may be stuck in it for good.
        _thread.Join(_flushTimeout);
    }

    private void Run()
    {
        List<string> batch = [];
        try
        {
            while (TakeBatch(ref batch, out var dropped))
            {
                foreach (var line in batch) _writer.WriteLine(line);
                if (dropped > 0) _writer.WriteLine(_dropNotice(dropped));
                _writer.Flush();
                batch.Clear();
            }
        }
        catch (Exception)
        {
            // Standard output is gone, a closed pipe mostly: there is nobody left to tell. GET /logs goes on.
            lock (_gate)
            {
                _hasEnded = true;
                _dropped += batch.Count + _waiting.Count;
                _waiting.Clear();
            }
        }
    }

    /// <summary>Swaps the empty list for the one that waits; sleeps until there is something.</summary>
    /// <returns>False when the end has come and all is written.</returns>
    private bool TakeBatch(ref List<string> batch, out long dropped)
    {
        lock (_gate)
        {
            while (_waiting.Count == 0 && _droppedUnreported == 0)
            {
                if (_hasEnded)
                {
                    dropped = 0;
                    return false;
                }

                Monitor.Wait(_gate);
            }

            (batch, _waiting) = (_waiting, batch);
            _waitingCharacters = 0;
            dropped = _droppedUnreported;
            _droppedUnreported = 0;
            return true;
        }
    }
}
