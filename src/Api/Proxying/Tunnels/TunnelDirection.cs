using System.Buffers;

namespace ActorBalancer.Api.Proxying.Tunnels;

/// <summary>
/// One direction of a tunnel: reads one side and writes the other, and can put a Close frame in at a frame's border.
/// A buffer is rented only once there is something to read, so that an idle connection holds none.
/// <list type="bullet">
/// <item>D1: between <see cref="TryBegin"/> and <see cref="TryEnd"/> the pump alone writes and moves the follower on;
/// outside, whoever sets <c>_isClosed</c> under the lock writes the Close frame. So no two writes meet.</item>
/// <item>D2: after <c>_isClosed</c> nothing but that frame is written; what still comes is read and dropped, so that a
/// peer that is still sending does not have the frame lost to a reset.</item>
/// </list>
/// </summary>
/// <param name="source">Where bytes come from; zero-byte reads wait for data.</param>
/// <param name="target">Where they go.</param>
/// <param name="follower">Of this direction.</param>
/// <param name="isToBackend">The direction.</param>
/// <param name="activity">Told of each piece.</param>
internal sealed class TunnelDirection(
    Stream source, Stream target, FrameFollower follower, bool isToBackend, IdleWatch activity)
{
    /// <summary>Source: ours; a piece of this size costs about as much in calls as in copying.</summary>
    private const int BufferBytes = 16 * 1024;

    private readonly Lock _lock = new();
    private readonly byte[] _held = new byte[FrameFollower.HeadMax];
    private int _heldCount;
    private bool _isBusy;
    private bool _isClosed;
    private bool _isClosing;
    private ushort _closeCode;
    private long _passedCount;

    /// <summary>Bytes passed on; Close frames of our own do not count.</summary>
    public long PassedCount => Volatile.Read(ref _passedCount);

    /// <summary>Whether a write has begun and has not ended.</summary>
    public bool IsWriting
    {
        get
        {
            lock (_lock)
                return _isBusy || _isClosing;
        }
    }

    /// <summary>Passes bytes on until an end. Throws nothing.</summary>
    /// <param name="end">Ends reading and writing on the client's side; that of the backend ends with its stream, since
    /// a token would cost a registration for each call and end it the same way.</param>
    public async Task<TunnelEnd> PumpAsync(CancellationToken end)
    {
        try
        {
            while (true)
            {
                _ = await source.ReadAsync(Memory<byte>.Empty, isToBackend ? end : default);
                var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
                try
                {
                    if (await PassOnAsync(buffer, end) is { } reason)
                        return reason;
                }
                finally
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                }
            }
        }
        catch (Exception)
        {
            // Reset, aborted or ended by us: to a tunnel it is all the same, the connection is no more.
            return TunnelEnd.Broken;
        }
    }

    /// <summary>Reads the source to its end and drops everything, after a fault. Throws nothing.</summary>
    public async Task DropAsync(CancellationToken end)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            while (await source.ReadAsync(buffer, end) > 0)
            {
                // Nobody wants it.
            }
        }
        catch (Exception)
        {
            // Gone is as good as ended.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Has a Close frame written at the next border, at once if this is one. Throws nothing.</summary>
    /// <param name="code">Close code. Only the first call counts.</param>
    /// <param name="end">Ends writing.</param>
    public async Task CloseAsync(ushort code, CancellationToken end)
    {
        lock (_lock)
        {
            if (_closeCode != 0)
                return;
            _closeCode = code;
            if (_isBusy || !follower.IsAtBorder)
                return;
            _isClosed = _isClosing = true;
        }

        try
        {
            await WriteCloseAsync(end);
        }
        catch (Exception)
        {
            // Whoever does not take it will see the end of the connection.
        }
    }

    private async ValueTask<TunnelEnd?> PassOnAsync(byte[] buffer, CancellationToken end)
    {
        _held.AsSpan(0, _heldCount).CopyTo(buffer);
        var count = await source.ReadAsync(buffer.AsMemory(_heldCount), isToBackend ? end : default);
        if (count == 0)
            return TunnelEnd.Ended;
        activity.Touch();
        var isOpen = TryBegin();
        var length = _heldCount + count;
        var passable = follower.Scan(buffer.AsSpan(0, length), out var fault);
        if (isOpen)
        {
            if (passable > 0)
            {
                await target.WriteAsync(buffer.AsMemory(0, passable), isToBackend ? default : end);
                Volatile.Write(ref _passedCount, _passedCount + passable);
                activity.Touch();
            }

            if (TryEnd())
                await WriteCloseAsync(end);
        }

        if (fault != FrameFault.None)
            return fault == FrameFault.TooBig ? TunnelEnd.TooBig : TunnelEnd.Faulty;
        _heldCount = length - passable;
        buffer.AsSpan(passable, _heldCount).CopyTo(_held);
        return follower is { HasClosed: true, IsAtBorder: true } ? TunnelEnd.Closed : null;
    }

    private bool TryBegin()
    {
        lock (_lock)
            return _isBusy = !_isClosed;
    }

    /// <returns>True when the Close frame is the caller's to write now.</returns>
    private bool TryEnd()
    {
        lock (_lock)
        {
            _isBusy = false;
            return _isClosed = _isClosing = _closeCode != 0 && follower.IsAtBorder;
        }
    }

    private async ValueTask WriteCloseAsync(CancellationToken end)
    {
        // A peer that said goodbye itself gets no second frame.
        if (!follower.HasClosed)
            await target.WriteAsync(CloseFrame.Make(_closeCode, isToBackend), isToBackend ? default : end);
        lock (_lock)
            _isClosing = false;
    }
}

/// <summary>How a direction of a tunnel came to its end.</summary>
internal enum TunnelEnd
{
    /// <summary>Its Close frame was passed on, or dropped after ours.</summary>
    Closed,

    /// <summary>The stream ended without a Close frame.</summary>
    Ended,

    /// <summary>Reading or writing failed.</summary>
    Broken,

    /// <summary>A frame breaks the protocol.</summary>
    Faulty,

    /// <summary>A message is too large.</summary>
    TooBig,
}
