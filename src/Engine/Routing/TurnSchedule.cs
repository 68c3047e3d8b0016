using System.Numerics;
using ActorBalancer.Actors.Routing;

namespace ActorBalancer.Engine.Routing;

/// <summary>
/// Works out one period of a round robin: an array of slots, each the index of the target whose turn it is. Computed
/// once for a table, so that a choice is one increment and one read.
/// </summary>
internal static class TurnSchedule
{
    /// <summary>
    /// Slots that a period may have before weights are rounded. Source: ours; 16 KB a table, and one slot, by which a
    /// target's turns may be off, is 0.025 % of the whole.
    /// </summary>
    public const int LengthMax = 4096;

    /// <summary>Slots for each target that a period may always have; felt above 1024 targets only.</summary>
    private const int SlotsPerTargetMin = 4;

    /// <summary>
    /// Turns of each target in one period. Weights are divided by their greatest common divisor, which changes no
    /// share. If the period is still too long, its limit is dealt out in proportion to the weights by largest
    /// remainder, so that the turns of each are off by less than one; and nobody gets less than one turn, which adds
    /// at most one slot for each target to the period.
    /// </summary>
    public static int[] Turns<TTarget>(TTarget[] targets)
        where TTarget : class, IRoutingTarget
    {
        int[] turns = Array.ConvertAll(targets, RoutingTargets.WeightOf);
        int divisor = 0;
        foreach (int weight in turns)
            divisor = (int)BigInteger.GreatestCommonDivisor(divisor, weight);

        long total = 0;
        for (int index = 0; index < turns.Length; index++)
        {
            turns[index] /= divisor;
            total += turns[index];
        }

        long limit = Math.Max(LengthMax, SlotsPerTargetMin * (long)targets.Length);
        return total <= limit ? turns : Apportion(turns, total, limit);
    }

    /// <summary>All turns of a target in a row, targets in their order.</summary>
    public static int[] InBursts(int[] turns)
    {
        var slots = new int[turns.Sum()];
        int next = 0;
        for (int index = 0; index < turns.Length; index++)
        {
            Array.Fill(slots, index, next, turns[index]);
            next += turns[index];
        }

        return slots;
    }

    /// <summary>
    /// The interleaving of nginx's smooth weighted round robin: at each slot every target gains its weight as credit,
    /// the richest one (the first on a tie) has the slot and pays the total. Source: the description in nginx's commit
    /// 52327e0627f4 (2012).
    /// </summary>
    /// <remarks>
    /// Targets of one weight take their turns among themselves in order, so each weight is followed as one class, and
    /// a slot costs the number of distinct weights and not the number of targets. Distinct turns that add up to the
    /// period are at most about the square root of twice its length.
    /// </remarks>
    public static int[] Interleaved(int[] turns)
    {
        int length = turns.Sum();
        int[][] classes =
        [
            .. Enumerable.Range(0, turns.Length)
                .GroupBy(index => turns[index])
                .Select(members => members.ToArray()),
        ];
        var taken = new int[classes.Length];
        var slots = new int[length];
        for (int slot = 0; slot < length; slot++)
        {
            int best = 0;
            long bestCredit = long.MinValue;
            for (int candidate = 0; candidate < classes.Length; candidate++)
            {
                long credit = CreditOfNext(classes[candidate], taken[candidate], turns, slot);
                bool first = credit == bestCredit
                    && NextMember(classes[candidate], taken[candidate]) < NextMember(classes[best], taken[best]);
                if (credit > bestCredit || first)
                {
                    best = candidate;
                    bestCredit = credit;
                }
            }

            slots[slot] = NextMember(classes[best], taken[best]);
            taken[best]++;
        }

        return slots;

        long CreditOfNext(int[] members, int takenByClass, int[] gains, int slot) =>
            ((slot + 1L) * gains[members[0]]) - (takenByClass / members.Length * (long)length);
    }

    private static int NextMember(int[] members, int taken) => members[taken % members.Length];

    private static int[] Apportion(int[] weights, long total, long limit)
    {
        var slots = new int[weights.Length];
        var remainders = new long[weights.Length];
        long left = limit;
        for (int index = 0; index < weights.Length; index++)
        {
            (long whole, remainders[index]) = Math.DivRem(weights[index] * limit, total);
            if (whole == 0)
            {
                // Already more than its due, so it has no claim on what is left.
                whole = 1;
                remainders[index] = -1;
            }

            slots[index] = (int)whole;
            left -= whole;
        }

        int[] byRemainder = Enumerable.Range(0, weights.Length).ToArray();
        Array.Sort(byRemainder, (a, b) => (-remainders[a], a).CompareTo((-remainders[b], b)));
        for (int rank = 0; rank < left; rank++)
            slots[byRemainder[rank]]++;
        return slots;
    }
}
