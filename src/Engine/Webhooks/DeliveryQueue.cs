using System.Diagnostics.CodeAnalysis;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Webhooks;

/// <summary>
/// Deliveries in order of their due time, with at most a few calls at a time for each host. Not thread-safe: belongs to
/// one actor.
/// <para>Q1: a delivery is in exactly one place: the heap, a host's line, the list of those handed a share, or taken.
/// </para>
/// <para>Q2: a host has a line only while all its shares are in use, so whoever leaves hands the share on.</para>
/// </summary>
internal sealed class DeliveryQueue(int sharesMax)
{
    private readonly Dictionary<TaskId, Delivery> _known = [];
    private readonly PriorityQueue<Delivery, (long Due, long Sequence)> _heap = new();
    private readonly Queue<Delivery> _handed = new();
    private readonly Dictionary<string, HostLine> _hosts = new(StringComparer.OrdinalIgnoreCase);
    private long _sequence;

    /// <summary>All deliveries, those that are taken included.</summary>
    public IReadOnlyCollection<Delivery> All => _known.Values;

    /// <summary>Due time of the first that waits for its time, in Unix milliseconds; null when none does.</summary>
    public long? NextDueMilliseconds => _heap.TryPeek(out _, out var order) ? order.Due : null;

    /// <summary>Hosts that are called or waited for; for tests of the bound.</summary>
    public int HostCount => _hosts.Count;

    /// <summary>Adds a delivery. When it is there already, an order for one that is taken follows its end; any other is
    /// the same order again.</summary>
    public void Add(Deliver order)
    {
        if (_known.TryGetValue(order.Id, out var known))
        {
            if (known.IsTaken)
                known.Next = order;
            return;
        }

        var delivery = new Delivery(order.Id, order.Tries) { DueAtMilliseconds = order.DueAtMilliseconds };
        _known.Add(order.Id, delivery);
        Push(delivery);
    }

    /// <summary>True when this very delivery is known and taken.</summary>
    public bool IsTaken(Delivery delivery)
        => delivery.IsTaken && _known.TryGetValue(delivery.Id, out var known) && ReferenceEquals(known, delivery);

    /// <summary>Takes the next one whose time has come: first those that were handed a share of their host.</summary>
    public bool TryTake(long nowMilliseconds, [NotNullWhen(true)] out Delivery? delivery)
    {
        if (!_handed.TryDequeue(out delivery))
        {
            if (!_heap.TryPeek(out delivery, out var order) || order.Due > nowMilliseconds)
            {
                delivery = null;
                return false;
            }

            _heap.Dequeue();
        }

        delivery.IsTaken = true;
        return true;
    }

    /// <summary>Gives a taken delivery a share of its host, or puts it into the host's line.</summary>
    /// <returns>False when it waits in the line now: it is not taken any more.</returns>
    public bool TryEnter(Delivery delivery, string host)
    {
        if (delivery.HasShare && string.Equals(delivery.Host, host, StringComparison.OrdinalIgnoreCase))
            return true;
        Leave(delivery);
        if (!_hosts.TryGetValue(host, out var line))
        {
            line = new HostLine();
            _hosts.Add(host, line);
        }

        delivery.Host = host;
        if (line.Calls < sharesMax)
        {
            line.Calls++;
            delivery.HasShare = true;
            return true;
        }

        delivery.IsTaken = false;
        line.Waiting.Enqueue(delivery);
        return false;
    }

    /// <summary>Gives up the share of a host, if it has one; the first in the host's line gets it.</summary>
    public void Leave(Delivery delivery)
    {
        if (!delivery.HasShare)
            return;
        delivery.HasShare = false;
        var line = _hosts[delivery.Host!];
        if (line.Waiting.TryDequeue(out var next))
        {
            next.HasShare = true;
            _handed.Enqueue(next);
        }
        else if (--line.Calls == 0)
        {
            _hosts.Remove(delivery.Host!);
        }
    }

    /// <summary>Puts a taken delivery back to wait.</summary>
    public void PutBack(Delivery delivery, long dueAtMilliseconds)
    {
        Leave(delivery);
        delivery.IsTaken = false;
        delivery.Host = null;
        delivery.Next = null;
        delivery.DueAtMilliseconds = dueAtMilliseconds;
        Push(delivery);
    }

    /// <summary>Forgets a taken delivery that has ended; an order that came meanwhile is a new one.</summary>
    public void Remove(Delivery delivery)
    {
        Leave(delivery);
        delivery.IsTaken = false;
        _known.Remove(delivery.Id);
        if (delivery.Next is { } next)
            Add(next);
    }

    /// <summary>Forgets all deliveries, of which none is taken, and gives them.</summary>
    public IReadOnlyList<Delivery> Clear()
    {
        Delivery[] all = [.. _known.Values];
        _known.Clear();
        _heap.Clear();
        _handed.Clear();
        _hosts.Clear();
        return all;
    }

    private void Push(Delivery delivery) => _heap.Enqueue(delivery, (delivery.DueAtMilliseconds, _sequence++));

    private sealed class HostLine
    {
        public int Calls { get; set; }

        public Queue<Delivery> Waiting { get; } = new();
    }
}
