using ActorBalancer.Actors.Routing;
using ActorBalancer.Engine.Routing;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;

namespace ActorBalancer.Engine.Tests.Routing;

/// <summary>What the routing tests share: tables, sequences of choices, random sets of targets.</summary>
internal static class RoutingTestTools
{
    public const ulong Seed = 20_260_101;

    /// <summary>Sets of 1 to 12 targets in any state; each has its own id.</summary>
    public static Arbitrary<TestTarget[]> AnyTargets { get; } = (
        from count in Gen.Choose(1, 12)
        from targets in Gen.ArrayOf(AnyTarget(), count)
        select Identified(targets)).ToArbitrary();

    /// <summary>Weights that make a short period: 1 to 8 targets, 1 to 20 each.</summary>
    public static Arbitrary<int[]> SmallWeights { get; } = (
        from count in Gen.Choose(1, 8)
        from weights in Gen.ArrayOf(Gen.Choose(1, 20), count)
        select weights).ToArbitrary();

    public static RoutingStrategy Strategy(string name)
    {
        RoutingStrategies.TryCreate(name, Seed, out RoutingStrategy? strategy).ShouldBeTrue();
        return strategy!;
    }

    public static RoutingTable<TestTarget> Table(string name, params TestTarget[] targets) =>
        Strategy(name).CreateTable(targets);

    /// <summary>Targets a, b, c... with the given weights.</summary>
    public static TestTarget[] Weighted(params int[] weights) =>
        [.. weights.Select((weight, index) => new TestTarget(((char)('a' + index)).ToString(), weight))];

    /// <summary>Ids of the next choices, joined; '-' where there was none.</summary>
    public static string Sequence(this RoutingTable<TestTarget> table, int count, RoutingRequest request = default) =>
        string.Concat(Enumerable.Range(0, count).Select(_ => table.Select(request)?.Id ?? "-"));

    /// <summary>How often each target was chosen, in the order of the table.</summary>
    public static int[] Count(this RoutingTable<TestTarget> table, int choices)
    {
        var counts = new int[table.Targets.Length];
        for (int choice = 0; choice < choices; choice++)
            counts[Array.IndexOf(table.Targets, table.Select(default))]++;
        return counts;
    }

    /// <summary>How often each target was chosen by several threads that start together.</summary>
    public static int[] CountByThreads(this RoutingTable<TestTarget> table, int threads, int choicesEach)
    {
        var counts = new int[table.Targets.Length];
        using var start = new Barrier(threads);
        Thread[] running = [.. Enumerable.Range(0, threads).Select(_ => new Thread(Choose))];
        foreach (Thread thread in running)
            thread.Start();
        foreach (Thread thread in running)
            thread.Join();
        return counts;

        void Choose()
        {
            var mine = new int[counts.Length];
            start.SignalAndWait();
            for (int choice = 0; choice < choicesEach; choice++)
                mine[Array.IndexOf(table.Targets, table.Select(default))]++;
            for (int index = 0; index < mine.Length; index++)
                Interlocked.Add(ref counts[index], mine[index]);
        }
    }

    /// <summary>
    /// Ids of the choices when, during each of <paramref name="count"/> choices, another whole choice takes place at
    /// the moment that <paramref name="at"/> is asked; in the order in which the choices were finished.
    /// </summary>
    public static string Interrupted(this RoutingTable<TestTarget> table, TestTarget at, int count)
    {
        var finished = new List<string>();
        bool armed = false;
        at.OnAsked = () =>
        {
            if (!armed)
                return;
            armed = false;
            finished.Add(table.Select(default)!.Id);
        };
        for (int choice = 0; choice < count; choice++)
        {
            armed = true;
            finished.Add(table.Select(default)!.Id);
        }

        at.OnAsked = null;
        return string.Concat(finished);
    }

    /// <summary>
    /// Fails unless the counts fit the shares by Pearson's chi-square: beyond 5 standard deviations of the statistic,
    /// which a fair source passes but for one seed in many thousands.
    /// </summary>
    public static void ShouldFit(this int[] counts, double[] shares)
    {
        double total = counts.Sum();
        double whole = shares.Sum();
        double chiSquare = counts.Zip(shares, (count, share) =>
        {
            double expected = total * share / whole;
            return (count - expected) * (count - expected) / expected;
        }).Sum();
        int freedom = counts.Length - 1;
        chiSquare.ShouldBeLessThan(
            freedom + (5 * Math.Sqrt(2.0 * freedom)), $"counts {string.Join(", ", counts)}");
    }

    private static TestTarget[] Identified(TestTarget[] targets) =>
        [.. targets.Select((target, index) => new TestTarget($"target-{index}", target.Weight)
        {
            IsAvailable = target.IsAvailable,
            ActiveCount = target.ActiveCount,
            LatencyMilliseconds = target.LatencyMilliseconds,
            Score = target.Score,
        })];

    private static Gen<TestTarget> AnyTarget() =>
        from weight in Gen.Elements(1, 1, 2, 3, 7, 100, 1_000_000, int.MaxValue, 0, -1)
        from up in Gen.Elements(true, true, false)
        from active in Gen.Elements(0, 0, 1, 2, 50, int.MaxValue)
        from latency in Gen.Elements(0.0, 0.5, 3, 1e9, double.NaN, double.PositiveInfinity)
        from score in Gen.Elements(-100.0, 0, 42.5, double.NaN, double.NegativeInfinity, double.PositiveInfinity)
        select new TestTarget(string.Empty, weight)
        {
            IsAvailable = up,
            ActiveCount = active,
            LatencyMilliseconds = latency,
            Score = score,
        };
}
