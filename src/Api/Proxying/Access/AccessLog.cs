using System.Collections.Concurrent;
using ActorBalancer.Api.Proxying.Clients;
using ActorBalancer.Engine.Proxying.Options;
using Microsoft.AspNetCore.Http.Features;

namespace ActorBalancer.Api.Proxying.Access;

/// <summary>A pool's access log. Lines are made and written in the background; when that falls behind, lines are
/// dropped and counted, and a line of its own says how many. Any thread.
/// <list type="bullet">
/// <item>L1: <c>_waitingCost</c> is raised before a request is queued and lowered after it was taken out, so what
/// waits is never more than the bound.</item>
/// <item>L2: the writer sleeps only after it has said so and has then found the queue empty; who queues looks at that
/// afterwards and wakes it. So no line is left behind.</item>
/// </list>
/// The query of a request and of its referer is left off: it may hold secrets.
/// </summary>
internal sealed class AccessLog : IAsyncDisposable
{
    /// <summary>Most characters that wait, counting <see cref="EntryCost"/> for each request. Source: ours; about
    /// 8 MB, or a second of a very busy proxy.</summary>
    public const int WaitingCostMax = 4 * 1024 * 1024;

    /// <summary>What a request costs beside its texts.</summary>
    public const int EntryCost = 100;

    /// <summary>How long the end waits for a file or a reader that is stuck.</summary>
    private static readonly TimeSpan FlushTimeMax = TimeSpan.FromSeconds(5);

    private readonly ConcurrentQueue<AccessRecord> _waiting = new();
    private readonly SemaphoreSlim _wake = new(0);
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IAccessOutput _output;
    private readonly AccessLineWriter _lines;
    private readonly TimeProvider _time;
    private long _waitingCost;
    private long _dropped;
    private long _droppedTold;
    private int _isAsleep;
    private volatile bool _hasEnded;

    /// <summary>Starts the writer.</summary>
    internal AccessLog(IAccessOutput output, AccessLogFormat format, string poolName, TimeProvider time)
    {
        _output = output;
        _lines = new AccessLineWriter(format, poolName);
        _time = time;
        new Thread(Run) { IsBackground = true, Name = $"access log {poolName}" }.Start();
    }

    /// <summary>Requests whose line was dropped: the writer was behind, the file can't be written, or the end has come.
    /// </summary>
    public long DroppedCount => Interlocked.Read(ref _dropped);

    /// <summary>Makes the log of a pool.</summary>
    /// <param name="options">Form and place.</param>
    /// <param name="poolName">Stands in each JSON line.</param>
    /// <param name="time">The clock.</param>
    /// <returns>Null when it is off.</returns>
    /// <exception cref="IOException">The file can't be opened; says which and why.</exception>
    public static AccessLog? Create(AccessLogOptions options, string poolName, TimeProvider time)
    {
        if (options.Format == AccessLogFormat.Off)
            return null;
        IAccessOutput output = options.Path is { } path
            ? new AccessFile(path, time)
            : new AccessStream(Console.OpenStandardOutput());
        return new AccessLog(output, options.Format, poolName, time);
    }

    /// <summary>Notes a request that has ended. Never waits, never throws.</summary>
    /// <param name="context">The request and its answer.</param>
    /// <param name="entry">What the context does not know.</param>
    public void Write(HttpContext context, in AccessEntry entry)
    {
        var request = context.Request;
        var record = new AccessRecord(
            _time.GetUtcNow(),
            ClientAddress.Known(context),
            request.Method,
            request.Headers.Host.ToString(),
            context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "",
            request.Protocol,
            request.Headers.UserAgent.ToString(),
            request.Headers.Referer.ToString(),
            entry);
        var cost = record.Cost;
        if (Interlocked.Add(ref _waitingCost, cost) > WaitingCostMax || _hasEnded)
        {
            Interlocked.Add(ref _waitingCost, -cost);
            Interlocked.Increment(ref _dropped);
            return;
        }

        _waiting.Enqueue(record);
        if (Volatile.Read(ref _isAsleep) != 0 && Interlocked.Exchange(ref _isAsleep, 0) != 0)
            _wake.Release();
    }

    /// <summary>Writes what waits, for 5 s at most, and ends the writer. A request that ends in the same moment may be
    /// without a line. May be called twice.</summary>
    public async ValueTask DisposeAsync()
    {
        _hasEnded = true;
        _wake.Release();
        try
        {
            await _done.Task.WaitAsync(FlushTimeMax, _time);
        }
        catch (TimeoutException)
        {
            // The writer is stuck in a write, which nothing can end; it is a background thread.
        }
    }

    private void Run()
    {
        var hasLast = false;
        while (!hasLast)
        {
            // Read first: what was queued before the end came is then found below.
            hasLast = _hasEnded;
            WriteWaiting();
            if (hasLast)
                break;
            Interlocked.Exchange(ref _isAsleep, 1);
            if (_waiting.IsEmpty && !_hasEnded)
                _wake.Wait();
            Volatile.Write(ref _isAsleep, 0);
        }

        _output.Dispose();
        _done.TrySetResult();
    }

    /// <summary>Writes all that waits, in portions of whole lines.</summary>
    private void WriteWaiting()
    {
        var count = 0;
        while (_waiting.TryDequeue(out var record))
        {
            Interlocked.Add(ref _waitingCost, -record.Cost);
            _lines.Append(record);
            count++;
            if (_lines.IsFull)
            {
                Flush(count);
                count = 0;
            }
        }

        var dropped = DroppedCount;
        if (dropped > _droppedTold)
        {
            _lines.AppendDropped(_time.GetUtcNow(), dropped - _droppedTold);
            if (Flush(count))
                _droppedTold = dropped;
        }
        else if (count > 0)
        {
            Flush(count);
        }
    }

    private bool Flush(int count)
    {
        var isWritten = _output.TryWrite(_lines.Written);
        if (!isWritten)
            Interlocked.Add(ref _dropped, count);
        _lines.Clear();
        return isWritten;
    }
}

/// <summary>What only the forwarder knows of a request.</summary>
/// <param name="BackendId">Identity of the last backend; null when there was none.</param>
/// <param name="Status">Status for the log: 499 when the client left before an answer.</param>
/// <param name="Duration">From the first look at the request to its end.</param>
/// <param name="BytesIn">Bytes of the request's body that were passed on.</param>
/// <param name="BytesOut">Bytes of the answer's body that were passed on.</param>
/// <param name="Tries">Attempts, 0 when there was no backend.</param>
internal readonly record struct AccessEntry(
    string? BackendId, int Status, TimeSpan Duration, long BytesIn, long BytesOut, int Tries);
