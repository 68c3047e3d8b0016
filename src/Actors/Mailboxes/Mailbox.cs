using System.Diagnostics.CodeAnalysis;

namespace ActorBalancer.Actors.Mailboxes;

/// <summary>
/// Waiting user messages of one actor: any number of senders, one taker (the actor's turn), no locks. Messages of one
/// sender are taken in the order in which it posted them.
/// </summary>
/// <remarks>
/// A chain of rings instead of a <c>ConcurrentQueue</c>, which is as fast but keeps 600 bytes for an actor that once
/// got a message, because its head and tail are padded apart (bench/Micro, actors).
/// </remarks>
internal class Mailbox<TMessage>
{
    /// <summary>Slots of the first ring: an actor with little to do keeps little.</summary>
    private const int CapacityMin = 4;

    /// <summary>Slots of the largest rings, and so what an actor keeps after a flood: 4 kB of references.</summary>
    private const int CapacityMax = 256;

    /// <summary>Where the taker is.</summary>
    private Segment<TMessage> _first;

    /// <summary>Where senders post.</summary>
    private Segment<TMessage> _last;

    internal Mailbox() => _first = _last = new Segment<TMessage>(CapacityMin, 0);

    /// <summary>Messages waiting; exact on the actor's turn, of some moment of the call elsewhere.</summary>
    internal int Count
    {
        get
        {
            // What was taken is read first: it can only have grown since, so the difference is not negative.
            var taken = Volatile.Read(ref _first).Taken;
            return (int)Math.Min(Volatile.Read(ref _last).Posted - taken, int.MaxValue);
        }
    }

    /// <summary>True when nothing has been claimed that was not taken (S2).</summary>
    internal bool IsEmpty
    {
        get
        {
            var segment = Volatile.Read(ref _first);
            while (segment.IsDrained)
            {
                if (segment.Next is not { } next) return true;
                segment = next;
            }

            return false;
        }
    }

    internal void Post(TMessage message)
    {
        var last = Volatile.Read(ref _last);
        while (!last.TryPost(message))
        {
            var next = last.Freeze(CapacityMax);
            var seen = Interlocked.CompareExchange(ref _last, next, last);
            last = seen == last ? next : seen;
        }
    }

    /// <summary>On the actor's turn.</summary>
    /// <returns>False when nothing can be read; <see cref="IsEmpty"/> tells whether something is on its way.</returns>
    internal bool TryTake([MaybeNullWhen(false)] out TMessage message)
    {
        while (!_first.TryTake(out message))
        {
            // Frozen is read before drained: a tail that is frozen is final.
            if (!_first.IsFrozen || !_first.IsDrained || _first.Next is not { } next) return false;
            Volatile.Write(ref _first, next);
        }

        return true;
    }
}
