using System.Diagnostics;
using ActorBalancer.Trials.Rigs;

namespace ActorBalancer.Trials.Proxy;

/// <summary>One of four backends is killed with -9 under a steady load of GETs and comes back later: no request fails, no
/// holder of a cookie moves that need not, and the one that is back gets its share over the slow start.</summary>
internal sealed class ProxyFailoverTrial : Trial
{
    private const int Backends = 4;
    private const int Victim = 2;

    /// <summary>An ejection by real traffic may outlast the checks' word: its default is 30 s.</summary>
    private static readonly TimeSpan ReturnMax = TimeSpan.FromSeconds(60);

    /// <inheritdoc/>
    public override string Name => "proxy-failover";

    /// <inheritdoc/>
    public override bool IsInShortRun => false;

    /// <inheritdoc/>
    public override async Task<TrialResult> RunAsync(TrialSettings settings)
    {
        var rate = settings.Short ? 2_000 : 5_000;
        var random = new Random(settings.Seed);
        await using var rig = await ProxyRig.StartAsync(Backends);
        var visitors = new Visitors(rig.Port, Backends, rate);
        using var stop = new CancellationTokenSource();
        var clock = Stopwatch.StartNew();
        var visits = visitors.RunAsync(stop.Token);
        await Task.Delay(TimeSpan.FromMilliseconds((settings.Short ? 3_000 : 5_000) + random.Next(1_000)));

        visitors.Victim = Victim;
        await rig.KillBackendAsync(Victim);
        var noticed = await rig.WaitForHealthAsync(
            static health => health.Find(Victim) is { Healthy: false }, "the killed backend to be called unhealthy");
        await Task.Delay(TimeSpan.FromSeconds(settings.Short ? 2 : 10));

        // From here on nobody has a reason to move: all holders of the victim's cookie have another one.
        visitors.Victim = 0;
        var back = visitors.Second;
        rig.StartBackend(Victim);
        await Poll.UntilAsync(
            () => Task.FromResult(visitors.Share(visitors.Second, Victim) > 0), ReturnMax,
            "traffic on the backend that is back");
        var first = visitors.Second;
        await Task.Delay(TimeSpan.FromSeconds(15));
        await stop.CancelAsync();
        await visits;

        var shares = Enumerable.Range(first, visitors.Second - first)
            .Select(second => visitors.Share(second, Victim)).ToList();
        var achieved = visitors.Answered / clock.Elapsed.TotalSeconds;
        var (early, late) = (shares.Take(3).Average(), shares.TakeLast(3).Average());
        return new TrialResult
        {
            Trial = Name,
            Seeds = $"{settings.Seed}",
            Acked = visitors.Answered,
            Lost = visitors.Failed,
            Unexpected = visitors.Moved,
            Pass = visitors is { Failed: 0, Moved: 0 } && achieved >= 0.9 * rate
                && early <= 0.6 * late && late is >= 0.8 / Backends and <= 1.2 / Backends,
            Notes =
            [
                $"{achieved:0} of {rate} requests/s; killed: called unhealthy after {noticed.TotalSeconds:0.0} s, " +
                $"{visitors.HadToMove} holders of its cookie had to move, {visitors.Moved} others moved",
                $"back: first request {first - back} s after its start, then by second: " +
                string.Join(" ", shares.Select(static share => $"{share:P0}")),
                .. visitors.Faults,
            ],
        };
    }
}
