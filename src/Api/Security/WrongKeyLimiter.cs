using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace ActorBalancer.Api.Security;

/// <summary>
/// Counts wrong keys by client address in windows of a minute, so that guessing is slow and cheap to refuse. Right
/// keys are never held up: behind one address there may be others. Thread-safe; the lock is taken only for wrong
/// keys. Bounded: when the table is full, the address whose window began first is forgotten.
/// </summary>
internal sealed class WrongKeyLimiter(int failuresPerMinuteMax, int addressesMax, TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();

    // Guarded by _lock. Windows begin in the order of the queue; an entry in the queue whose window was replaced has
    // another start than the dictionary's and is passed over.
    private readonly Dictionary<UInt128, Failures> _failures = [];
    private readonly Queue<(UInt128 Address, long Start)> _order = new();

    /// <summary>Wrong keys that an address may send in a minute.</summary>
    public int FailuresPerMinuteMax => failuresPerMinuteMax;

    /// <summary>Addresses remembered now.</summary>
    public int AddressCount
    {
        get
        {
            lock (_lock)
                return _failures.Count;
        }
    }

    /// <summary>Windows remembered now, those that were replaced included.</summary>
    public int RememberedWindows
    {
        get
        {
            lock (_lock)
                return _order.Count;
        }
    }

    /// <summary>Counts a wrong key.</summary>
    /// <param name="address">Where it came from; null counts all such together.</param>
    /// <param name="retryAfter">How long the address is shut out; zero when it is not.</param>
    /// <returns>How many wrong keys came from the address in this window, this one included.</returns>
    public int Count(IPAddress? address, out TimeSpan retryAfter)
    {
        var key = KeyOf(address);
        var now = time.GetTimestamp();
        lock (_lock)
        {
            if (!_failures.TryGetValue(key, out var failures) || time.GetElapsedTime(failures.Start, now) >= Window)
            {
                Begin_NeedsLock(key, now);
                failures = new Failures(now, 0);
            }

            failures = failures with { Count = failures.Count + 1 };
            _failures[key] = failures;
            retryAfter = failures.Count > failuresPerMinuteMax
                ? Window - time.GetElapsedTime(failures.Start, now)
                : TimeSpan.Zero;
            return failures.Count;
        }
    }

    private void Begin_NeedsLock(UInt128 key, long now)
    {
        _failures.Remove(key);
        while (_order.TryPeek(out var oldest)
            && (_failures.Count >= addressesMax
                || time.GetElapsedTime(oldest.Start, now) >= Window))
        {
            _order.Dequeue();
            if (_failures.TryGetValue(oldest.Address, out var failures) && failures.Start == oldest.Start)
                _failures.Remove(oldest.Address);
        }

        _order.Enqueue((key, now));
    }

    // An IPv6 client owns 64 bits of its address at least, so the network part is what counts.
    private static UInt128 KeyOf(IPAddress? address)
    {
        if (address is null)
            return UInt128.Zero;
        Span<byte> bytes = stackalloc byte[16];
        address.MapToIPv6().TryWriteBytes(bytes, out _);
        if (address.AddressFamily == AddressFamily.InterNetworkV6 && !address.IsIPv4MappedToIPv6)
            bytes[8..].Clear();
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Failures(long Start, int Count);
}
