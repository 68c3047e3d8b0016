using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace ActorBalancer.Actors.Mailboxes;

/// <summary>
/// A ring of messages: any number of senders, one taker. Each slot carries a sequence number that says whose turn it is
/// (the bounded queue of D. Vyukov, with one taker). A ring that is full is frozen and a larger one follows it.
/// </summary>
/// <remarks>
/// S1: a slot at position p belongs to the sender who moved the tail from p to p + 1 while its sequence was p; to the
/// taker while it is p + 1; and to the next lap's sender from p + capacity on.
/// S2: the tail counts what was claimed, not what is readable yet. Whoever claimed is seen by anyone who reads the tail
/// after a full fence, which M2 of the cell builds on.
/// S3: a frozen tail never moves again, so whatever goes into the next ring was sent after everything in this one.
/// </remarks>
internal sealed class Segment<TMessage>
{
    /// <summary>The sign: a frozen tail is negative.</summary>
    private const long Frozen = long.MinValue;

    private readonly Slot[] _slots;

    /// <summary>Written by senders, by compare and exchange.</summary>
    private long _tail;

    /// <summary>Written by the taker.</summary>
    private long _head;

    private Segment<TMessage>? _next;

    /// <summary>Makes an empty ring.</summary>
    /// <param name="capacity">A power of two.</param>
    /// <param name="before">Messages that went through the rings before this one.</param>
    internal Segment(int capacity, long before)
    {
        Before = before;
        _slots = new Slot[capacity];
        for (var i = 0; i < capacity; i++) _slots[i].Sequence = i;
    }

    internal int Capacity => _slots.Length;

    internal long Before { get; }

    internal Segment<TMessage>? Next => Volatile.Read(ref _next);

    /// <summary>Messages claimed so far, those of the rings before included.</summary>
    internal long Posted => Before + (Volatile.Read(ref _tail) & ~Frozen);

    /// <summary>Messages taken so far, those of the rings before included.</summary>
    internal long Taken => Before + Volatile.Read(ref _head);

    /// <summary>True when all that was claimed here has been taken.</summary>
    internal bool IsDrained => Volatile.Read(ref _head) == (Volatile.Read(ref _tail) & ~Frozen);

    internal bool IsFrozen => Volatile.Read(ref _tail) < 0;

    /// <summary>Any thread.</summary>
    /// <returns>False when the ring is full or frozen.</returns>
    internal bool TryPost(TMessage message)
    {
        var slots = _slots;
        var tail = Volatile.Read(ref _tail);
        while (tail >= 0)
        {
            ref var slot = ref slots[(int)tail & (slots.Length - 1)];
            var lag = Volatile.Read(ref slot.Sequence) - (int)tail;
            if (lag < 0) return false;
            if (lag > 0)
            {
                // Another sender has claimed this position meanwhile.
                tail = Volatile.Read(ref _tail);
                continue;
            }

            var seen = Interlocked.CompareExchange(ref _tail, tail + 1, tail);
            if (seen == tail)
            {
                slot.Message = message;
                Volatile.Write(ref slot.Sequence, (int)tail + 1);
                return true;
            }

            tail = seen;
        }

        return false;
    }

    /// <summary>The taker only.</summary>
    /// <returns>False when nothing can be read: nothing was claimed, or its sender has not written it yet.</returns>
    internal bool TryTake([MaybeNullWhen(false)] out TMessage message)
    {
        var slots = _slots;
        var head = _head;
        ref var slot = ref slots[(int)head & (slots.Length - 1)];
        if (Volatile.Read(ref slot.Sequence) != (int)head + 1)
        {
            message = default;
            return false;
        }

        message = slot.Message!;
        if (RuntimeHelpers.IsReferenceOrContainsReferences<TMessage>()) slot.Message = default;
        Volatile.Write(ref slot.Sequence, (int)head + slots.Length);
        Volatile.Write(ref _head, head + 1);
        return true;
    }

    /// <summary>Any thread: no more posts here.</summary>
    /// <returns>The ring that follows; made if there was none.</returns>
    internal Segment<TMessage> Freeze(int capacityMax)
    {
        // S3: frozen before a successor can be seen.
        var count = Interlocked.Or(ref _tail, Frozen) & ~Frozen;
        if (Next is { } next) return next;
        next = new Segment<TMessage>(Math.Min(Capacity * 2, capacityMax), Before + count);
        return Interlocked.CompareExchange(ref _next, next, null) ?? next;
    }

    private struct Slot
    {
        internal TMessage? Message;

        /// <summary>See S1; the low 32 bits of a position.</summary>
        internal int Sequence;
    }
}
