using System.Collections.Concurrent;
using System.Diagnostics;
using ActorBalancer.Trials.Rigs;

namespace ActorBalancer.Trials.Proxy;

/// <summary>A day's worth of clients that go away in the middle, in every way there is: the proxy's memory and handles stay
/// flat, its counts and those of the backends are 0 at the end, and the good requests in between are answered.</summary>
internal sealed class ProxySoakTrial : Trial
{
    private const int Backends = 2;
    private const int Clients = 32;
    private const int Parts = 20;

    /// <summary>Handles beside those of the start that may be open for other reasons: files of the runtime, and kept
    /// connections to the backends.</summary>
    private const int HandlesMore = 16;

    /// <summary>Lines of the proxy's log that are shown when something failed.</summary>
    private const int LinesShown = 20;

    private const double MemoryFactor = 1.15;
    private const double MemoryMore = 16 << 20;

    private static readonly TimeSpan SettleMax = TimeSpan.FromSeconds(60);

    /// <inheritdoc/>
    public override string Name => "proxy-soak";

    /// <inheritdoc/>
    public override async Task<TrialResult> RunAsync(TrialSettings settings)
    {
        var count = settings.Short ? 5_000 : 100_000;
        await using var rig = await ProxyRig.StartAsync(Backends, "least-connections");
        var faults = new ConcurrentBag<string>();
        await AbuseAsync(rig, count / 10, settings.Seed, faults);
        await SettleAsync(rig);
        var handles = ProcessFigures.Handles(rig.Proxy.Id);
        var memory = new List<double>();
        var clock = Stopwatch.StartNew();
        for (var part = 0; part < Parts; part++)
        {
            await AbuseAsync(rig, count / Parts, settings.Seed + 1 + part, faults);
            memory.Add(ProcessFigures.Memory(rig.Proxy.Id));
        }

        var took = clock.Elapsed;
        var settled = await SettleAsync(rig);
        var left = await LeftHandlesAsync(rig, handles);
        var (early, late) = (memory.Skip(Parts / 4).Take(Parts / 4).Average(), memory.TakeLast(Parts / 4).Average());
        var healthy = (await rig.HealthAsync()).Healthy;
        return new TrialResult
        {
            Trial = Name,
            Seeds = $"{settings.Seed}",
            Acked = count,
            Lost = faults.Count,
            Pass = faults.IsEmpty && left <= handles + HandlesMore && late <= MemoryFactor * early + MemoryMore
                && healthy == Backends,
            Notes =
            [
                $"{count} connections in {took.TotalSeconds:0} s; all counts at 0 after {settled.TotalSeconds:0.0} s; " +
                $"handles {handles} before, {left} after; memory {early / (1 << 20):0} MB in the second quarter, " +
                $"{late / (1 << 20):0} MB in the last; {healthy} of {Backends} backends well",
                .. faults.GroupBy(static fault => fault).OrderByDescending(static group => group.Count()).Take(5)
                    .Select(static group => $"{group.Count()} x {group.Key}"),
                .. faults.IsEmpty ? [] : rig.Proxy.Output.Split('\n').Take(LinesShown)
                    .Select(static line => $"the proxy wrote: {line}"),
            ],
        };
    }

    private static async Task AbuseAsync(ProxyRig rig, int count, int seed, ConcurrentBag<string> faults)
    {
        var next = 0;
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Run(async () =>
        {
            var random = new Random(unchecked((seed * Clients) + client));
            while (Interlocked.Increment(ref next) is var number && number <= count)
            {
                if (await Abuses.CommitAsync(rig.Port, number, random) is { } fault)
                    faults.Add(fault);
            }
        })));
    }

    // Until neither the proxy nor a backend has a request under way.
    private static async Task<TimeSpan> SettleAsync(ProxyRig rig)
    {
        var clock = Stopwatch.StartNew();
        await rig.WaitForHealthAsync(
            static health => health.Active == 0, "activeConnections 0 in /_lb/health", SettleMax);
        for (var id = 1; id <= Backends; id++)
        {
            var backend = id;
            await Poll.UntilAsync(
                async () => await rig.ActiveAtAsync(backend) == 0, SettleMax, $"no request under way at backend {id}");
        }

        return clock.Elapsed;
    }

    private static async Task<int> LeftHandlesAsync(ProxyRig rig, int before)
    {
        try
        {
            await Poll.UntilAsync(
                () => Task.FromResult(ProcessFigures.Handles(rig.Proxy.Id) <= before + HandlesMore), SettleMax,
                "the handles to be closed");
        }
        catch (TrialException)
        {
            // The figure says it.
        }

        return ProcessFigures.Handles(rig.Proxy.Id);
    }
}
