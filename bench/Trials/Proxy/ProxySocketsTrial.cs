using System.Globalization;
using ActorBalancer.Trials.Rigs;

namespace ActorBalancer.Trials.Proxy;

/// <summary>A thousand WebSockets go on echoing while weights change, a backend is added, another one is killed and the
/// backend of a third of them leaves the file. Those on the killed backend end, and only those.</summary>
internal sealed class ProxySocketsTrial : Trial
{
    private const int Doomed = 4;
    private const int Added = 5;
    private const int Leaving = 3;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan EndMax = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public override string Name => "proxy-websockets";

    /// <inheritdoc/>
    public override async Task<TrialResult> RunAsync(TrialSettings settings)
    {
        var count = settings.Short ? 250 : 1_000;
        var pause = TimeSpan.FromSeconds(settings.Short ? 1.5 : 4);
        await using var rig = await ProxyRig.StartAsync(4);
        using var stop = new CancellationTokenSource();
        var stayers = await OpenAsync(rig, count, static number => 1 + (number % 3));
        var doomed = await OpenAsync(rig, count / 10, static _ => Doomed);
        try
        {
            var strayed = stayers.Where(static (client, number) => client.Backend != 1 + (number % 3)).Count()
                + doomed.Count(static client => client.Backend != Doomed);
            for (var number = 0; number < stayers.Count; number++)
                stayers[number].Play(Interval, Interval * ((double)number / count), stop.Token);
            foreach (var client in doomed)
                client.Play(Interval, TimeSpan.Zero, stop.Token);
            await Task.Delay(pause);
            var steps = await DisturbAsync(rig, stayers, doomed, pause);
            await stop.CancelAsync();
            await Task.WhenAll(stayers.Select(static client => client.WaitForEndAsync(EndMax)));
            var broken = stayers.Where(static client => client.Fault is not null).ToList();
            foreach (var client in stayers.Concat(doomed))
                client.Dispose();
            var left = await rig.WaitForHealthAsync(
                static health => health.Active == 0, "no active connection once all are closed");
            return new TrialResult
            {
                Trial = Name,
                Seeds = "-",
                Acked = stayers.Sum(static client => client.Echoes),
                Lost = broken.Count,
                Unexpected = strayed,
                Pass = broken.Count == 0 && strayed == 0 && steps.TrueForAll(static step => step.Ok),
                Notes =
                [
                    $"{stayers.Count} sockets, {broken.Count} disturbed, {strayed} not on the backend of their cookie; " +
                    $"counts at 0 after {left.TotalSeconds:0.0} s",
                    .. steps.Select(static step => $"{(step.Ok ? "pass" : "FAIL")} {step.Text}"),
                    .. broken.Take(3).Select(static client => $"on {client.Backend}: {client.Fault}"),
                ],
            };
        }
        finally
        {
            await stop.CancelAsync();
            foreach (var client in stayers.Concat(doomed))
                client.Dispose();
        }
    }

    private static async Task<List<(bool Ok, string Text)>> DisturbAsync(
        ProxyRig rig, List<EchoClient> stayers, List<EchoClient> doomed, TimeSpan pause)
    {
        var steps = new List<(bool Ok, string Text)>();
        var active = (await rig.HealthAsync()).Active;
        var all = stayers.Count + doomed.Count;
        steps.Add((active == all, $"activeConnections {active}, open {all}"));

        rig.StartBackend(Added);
        rig.WriteConfig([(1, 3), (2, 1), (Leaving, 2), (Doomed, 1), (Added, 1)]);
        var took = await rig.WaitForHealthAsync(
            static health => health.Find(1)?.Weight == 3 && health.Find(Added) is { Healthy: true },
            "the changed weights and the added backend");
        steps.Add((true, $"weights changed and a backend added, after {took.TotalSeconds:0.0} s"));
        await Poll.UntilAsync(
            async () => await AskAsync(rig) == Added, TimeSpan.FromSeconds(20), "a request on the added backend");
        await Task.Delay(pause);

        await rig.KillBackendAsync(Doomed);
        await Task.WhenAll(doomed.Select(static client => client.WaitForEndAsync(2 * EndMax)));
        var told = doomed.Count(static client => client.Fault is { } fault && !fault.Contains("no echo"));
        steps.Add((told == doomed.Count,
            $"{told} of {doomed.Count} sockets on the killed backend were closed, the others heard nothing"));
        await rig.WaitForHealthAsync(
            static health => health.Find(Doomed) is { Healthy: false }, "the killed backend to be called unhealthy");
        await rig.WaitForHealthAsync(
            health => health.Active == stayers.Count, $"activeConnections {stayers.Count} after the kill");
        await Task.Delay(pause);

        rig.WriteConfig([(1, 5), (2, 1), (Added, 1)]);
        await rig.WaitForHealthAsync(static health => health.Find(1)?.Weight == 5, "the file without two backends");
        var left = stayers.Count(static client => client.Backend == Leaving);
        await Task.Delay(pause);
        var open = stayers.Count(static client => client is { Backend: Leaving, Fault: null });
        steps.Add((open == left, $"{open} of {left} sockets on the backend that left the file still echo"));
        return steps;
    }

    // Id of the backend that a stranger gets.
    private static async Task<int> AskAsync(ProxyRig rig)
    {
        using var connection = await RawConnection.OpenAsync(rig.Port);
        return int.Parse((await connection.GetAsync("/")).Body, CultureInfo.InvariantCulture);
    }

    private static async Task<List<EchoClient>> OpenAsync(ProxyRig rig, int count, Func<int, int> backend)
    {
        var clients = new List<EchoClient>(count);
        foreach (var batch in Enumerable.Range(0, count).Chunk(50))
        {
            clients.AddRange(await Task.WhenAll(batch.Select(number =>
                EchoClient.OpenAsync(rig.Port, backend(number)))));
        }

        return clients;
    }
}
