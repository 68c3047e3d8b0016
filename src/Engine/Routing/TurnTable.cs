using ActorBalancer.Actors.Routing;

namespace ActorBalancer.Engine.Routing;

/// <summary>
/// Targets in turn along a schedule of <see cref="TurnSchedule"/>.
/// </summary>
/// <remarks>
/// T1: every slot of the schedule is handed to exactly one caller, whatever the number of threads: the cursor only
/// moves by increment or by compare-and-swap, and who moves it over a slot owns that slot. So shares are exact.
/// T2: a slot whose target can't be chosen is used up and not given to its neighbour, so the targets that are left
/// keep their shares relative to each other.
/// </remarks>
internal sealed class TurnTable<TTarget> : RoutingTable<TTarget>
    where TTarget : class, IRoutingTarget
{
    private readonly int[] _slots;
    private IsolatedCounter _cursor;

    /// <summary>Makes the table.</summary>
    /// <param name="targets">The members.</param>
    /// <param name="slots">One period: indexes of targets, each at least once.</param>
    /// <param name="previous">
    /// The table whose position goes on: whoever had the next turn there has the next turn here. Choices that other
    /// threads make meanwhile with the old table are not seen. One that was never asked has no position: members that
    /// come one by one before the first choice do not shift the order.
    /// </param>
    public TurnTable(TTarget[] targets, int[] slots, RoutingTable<TTarget>? previous)
        : base(targets)
    {
        _slots = slots;
        _cursor = new IsolatedCounter(previous is TurnTable<TTarget> before && before._cursor.Read() > 0
            ? SlotAfter(before)
            : 0);
    }

    public override TTarget? Select(in RoutingRequest request)
    {
        if (_slots.Length == 0)
            return null;

        TTarget target = TargetAt(_cursor.Take());
        return target.IsAvailable && !RoutingTargets.Is(target, request.Avoid) ? target : SelectNext(request.Avoid);
    }

    private TTarget? SelectNext(IRoutingTarget? avoid)
    {
        // A period can be far longer than the list of targets: ask first whether the search can succeed at all.
        if (!IsAnyLeft(avoid, out TTarget? avoided))
            return avoided;

        while (true)
        {
            long from = _cursor.Read();
            long slot = from;
            while (!IsChoice(TargetAt(slot), avoid))
            {
                slot++;
                if (slot - from == _slots.Length)
                    return avoided;
            }

            // T1. Losing the race means that another caller was served, so this loop is lock-free.
            if (_cursor.TryMove(from, slot + 1))
                return TargetAt(slot);
        }
    }

    private bool IsAnyLeft(IRoutingTarget? avoid, out TTarget? avoided)
    {
        avoided = null;
        foreach (TTarget target in Targets)
        {
            if (!target.IsAvailable)
                continue;
            if (!RoutingTargets.Is(target, avoid))
                return true;
            avoided = target;
        }

        return false;
    }

    private static bool IsChoice(TTarget target, IRoutingTarget? avoid) =>
        target.IsAvailable && !RoutingTargets.Is(target, avoid);

    private TTarget TargetAt(long slot) => Targets[_slots[SlotIndex(slot)]];

    private int SlotIndex(long slot) => (int)((ulong)slot % (ulong)_slots.Length);

    /// <summary>
    /// The slot here that matches the next one of <paramref name="before"/>: the same target, at the same point of its
    /// turns within the period (scaled when its weight has changed).
    /// </summary>
    private int SlotAfter(TurnTable<TTarget> before)
    {
        Dictionary<string, int> indexById = RoutingTargets.IndexById(Targets);
        long next = before._cursor.Read();
        for (int step = 0; step < before._slots.Length; step++)
        {
            int slot = before.SlotIndex(next + step);
            int oldIndex = before._slots[slot];
            if (!indexById.TryGetValue(before.Targets[oldIndex].Id, out int newIndex))
                continue;

            int turnsBefore = before._slots.AsSpan(0, slot).Count(oldIndex);
            int oldTurns = before._slots.AsSpan().Count(oldIndex);
            int newTurns = _slots.AsSpan().Count(newIndex);
            return SlotOfTurn(newIndex, (int)((long)turnsBefore * newTurns / oldTurns));
        }

        return 0;
    }

    private int SlotOfTurn(int index, int turn)
    {
        int slot = Array.IndexOf(_slots, index);
        for (int passed = 0; passed < turn; passed++)
            slot = Array.IndexOf(_slots, index, slot + 1);
        return slot;
    }
}
