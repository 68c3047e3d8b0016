using System.Diagnostics;
using ActorBalancer.Trials.Rigs;

namespace ActorBalancer.Trials.Proxy;

/// <summary>Trial 17 of the plan: slow senders of heads and bodies, slow readers and silent connections beside a good
/// client. It does not notice them, and they are cut.</summary>
internal sealed class ProxySlowTrial : Trial
{
    private const int GoodConnections = 4;
    private const int HandlesMore = 16;

    /// <summary>An answer that nobody reads fills the kernel's buffers with about 4 MB; with hundreds of them, the socket
    /// memory of the machine runs short (net.ipv4.tcp_mem), and every connection on it stalls.</summary>
    private const int ReadersMax = 50;

    private const double MemoryMax = 300 << 20;

    /// <summary>Below this, a p99 is the machine's noise and not the proxy's.</summary>
    private static readonly TimeSpan Noise = TimeSpan.FromMilliseconds(2);

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan SenderMax = TimeSpan.FromSeconds(30);

    /// <summary>Kestrel's buffer of 64 KiB at its lowest rate of 240 bytes a second takes 273 s, and it gives 5 s of
    /// grace; before that, nobody can say that a reader is slower.</summary>
    private static readonly TimeSpan ReaderMax = TimeSpan.FromSeconds(330);

    /// <summary>Longer than a kept connection may wait for its next request.</summary>
    private static readonly TimeSpan IdleMax = TimeSpan.FromSeconds(120);

    private static readonly TimeSpan HandlesBackMax = TimeSpan.FromSeconds(60);

    /// <inheritdoc/>
    public override string Name => "proxy-slow";

    /// <inheritdoc/>
    public override bool IsInShortRun => false;

    /// <inheritdoc/>
    public override int TriesMax => 3;

    /// <inheritdoc/>
    public override async Task<TrialResult> RunAsync(TrialSettings settings)
    {
        var each = settings.Short ? 50 : 250;
        var length = TimeSpan.FromSeconds(settings.Short ? 6 : 20);
        await using var rig = await ProxyRig.StartAsync(2);
        await VisitAsync(rig, length / 2);
        var alone = await VisitAsync(rig, length);
        var handles = ProcessFigures.Handles(rig.Proxy.Id);
        var slow = new List<SlowClient>();
        try
        {
            var clock = Stopwatch.StartNew();
            foreach (var slowness in Enum.GetValues<Slowness>())
            {
                var count = slowness == Slowness.Reader ? Math.Min(each, ReadersMax) : each;
                for (var number = 0; number < count; number++)
                    slow.Add(await SlowClient.StartAsync(slowness, rig.Port));
            }

            var beside = await VisitAsync(rig, length);
            var memory = ProcessFigures.Memory(rig.Proxy.Id);
            await WaitAsync(() => Left(slow, Slowness.Head) + Left(slow, Slowness.Body) == 0, clock, SenderMax);
            if (!settings.Short)
                await WaitAsync(() => Left(slow, Slowness.Idle) == 0, clock, IdleMax);
            var released = settings.Short ? null : await ReleasedAsync(rig, clock);
            var cuts = Enum.GetValues<Slowness>().Select(slowness => Describe(slow, slowness)).ToList();
            var isCut = Left(slow, Slowness.Head) + Left(slow, Slowness.Body) == 0
                && (settings.Short || (released is not null && Left(slow, Slowness.Idle) == 0));
            foreach (var client in slow)
                client.Dispose();
            clock.Restart();
            await WaitAsync(
                () => ProcessFigures.Handles(rig.Proxy.Id) <= handles + HandlesMore, clock, HandlesBackMax);
            var left = ProcessFigures.Handles(rig.Proxy.Id);
            var bound = 2 * (alone.P99 > Noise ? alone.P99 : Noise);
            return new TrialResult
            {
                Trial = Name,
                Seeds = "-",
                Acked = alone.Answered + beside.Answered,
                Lost = alone.Faults.Count + beside.Faults.Count,
                Pass = alone.Faults.Count + beside.Faults.Count == 0 && beside.P99 <= bound && isCut
                    && left <= handles + HandlesMore && memory <= MemoryMax,
                Notes =
                [
                    $"good client's p99 {alone.P99.TotalMilliseconds:0.0} ms alone, {beside.P99.TotalMilliseconds:0.0} " +
                    $"ms beside {slow.Count} slow ones (at most {bound.TotalMilliseconds:0.0}); memory " +
                    $"{memory / (1 << 20):0} MB; handles {handles} before, {left} after",
                    $"cut: {string.Join("; ", cuts)}" +
                    (released is { } time ? $"; no request under way after {time.TotalSeconds:0} s" : ""),
                    .. alone.Faults.Concat(beside.Faults),
                ],
            };
        }
        finally
        {
            foreach (var client in slow)
                client.Dispose();
        }
    }

    private static int Left(List<SlowClient> slow, Slowness slowness)
        => slow.Count(client => client.Slowness == slowness && client.CutAfter is null);

    private static string Describe(List<SlowClient> slow, Slowness slowness)
    {
        var cuts = slow.Where(client => client.Slowness == slowness && client.CutAfter is not null)
            .Select(static client => client.CutAfter!.Value.TotalSeconds).ToList();
        var text = $"{slowness} {cuts.Count} of {slow.Count(client => client.Slowness == slowness)}";
        return cuts.Count == 0 ? text : $"{text} after {cuts.Min():0} to {cuts.Max():0} s";
    }

    // What a reader has not read lies in the kernel, so that it sees its end late; the proxy's own count does not lie.
    private static async Task<TimeSpan?> ReleasedAsync(ProxyRig rig, Stopwatch clock)
    {
        try
        {
            await rig.WaitForHealthAsync(
                static health => health.Active == 0, "no request under way",
                TimeSpan.FromSeconds(Math.Max(1, (ReaderMax - clock.Elapsed).TotalSeconds)));
            return clock.Elapsed;
        }
        catch (TrialException)
        {
            return null;
        }
    }

    private static async Task WaitAsync(Func<bool> condition, Stopwatch clock, TimeSpan end)
    {
        while (!condition() && clock.Elapsed < end)
            await Task.Delay(100);
    }

    private static async Task<(int Answered, IReadOnlyList<string> Faults, TimeSpan P99)> VisitAsync(
        ProxyRig rig, TimeSpan length)
    {
        var clock = Stopwatch.StartNew();
        var visits = await Task.WhenAll(Enumerable.Range(0, GoodConnections).Select(_ => Task.Run(async () =>
        {
            var times = new List<TimeSpan>();
            string? fault = null;
            using var connection = await RawConnection.OpenAsync(rig.Port);
            while (clock.Elapsed < length && fault is null)
            {
                var start = clock.Elapsed;
                try
                {
                    var answer = await connection.GetAsync("/");
                    fault = answer.Status == 200 ? null : $"the good client got {answer.Status} {answer.Body}";
                }
                catch (IOException exception)
                {
                    fault = $"the good client: {exception.Message}";
                }

                times.Add(clock.Elapsed - start);
                await Task.Delay(Pace);
            }

            return (Times: times, Fault: fault);
        })));
        var all = visits.SelectMany(static visit => visit.Times).Order().ToList();
        return (all.Count, [.. visits.Select(static visit => visit.Fault).OfType<string>()],
            all[(int)(all.Count * 0.99)]);
    }
}
