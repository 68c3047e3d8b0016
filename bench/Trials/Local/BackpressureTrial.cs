using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using ActorBalancer.Testing.Workers;
using ActorBalancer.Trials.Rigs;

namespace ActorBalancer.Trials.Local;

/// <summary>Producers that are ten times faster than the workers, and ten thousand connections that say nothing.
/// </summary>
internal sealed class BackpressureTrial : Trial
{
    private const int Producers = 16;
    private const int QueueLimit = 500;

    /// <inheritdoc/>
    public override string Name => "16-backpressure";

    /// <inheritdoc/>
    public override bool IsInShortRun => false;

    /// <inheritdoc/>
    public override async Task<TrialResult> RunAsync(TrialSettings settings)
    {
        var length = TimeSpan.FromSeconds(settings.Short ? 25 : 300);
        var workers = await FakeWorkers.StartAsync(1, 2);
        var idle = new List<Socket>();
        try
        {
            workers[0].Answer = static async call =>
            {
                await Task.Delay(20);
                await FakeAnswers.Ok(call);
            };
            await using var rig = await FakeWorkers.RigAsync(
                workers, ("QUEUE_LIMIT", $"{QueueLimit}"), ("RESULT_RETENTION", "10s"));
            var port = rig.Client.Port;
            for (var number = 0; number < (settings.Short ? 1_000 : 10_000); number++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(IPAddress.Loopback, port);
                idle.Add(socket);
            }

            return await FloodAsync(rig, length, idle.Count);
        }
        finally
        {
            foreach (var socket in idle)
                socket.Dispose();
            await FakeWorkers.EndAsync(workers);
        }
    }

    private async Task<TrialResult> FloodAsync(Rig rig, TimeSpan length, int idle)
    {
        var times = new ConcurrentBag<TimeSpan>();
        var (accepted, refused, silent) = (0, 0, 0);
        using var stop = new CancellationTokenSource(length);
        var memory = SampleAsync(rig.Balancer.Id, stop.Token);
        await Task.WhenAll(Enumerable.Range(0, Producers).Select(async _ =>
        {
            while (!stop.IsCancellationRequested)
            {
                var watch = Stopwatch.StartNew();
                var answer = await rig.Client.PostAsync(FakeWorkers.Body("flood"));
                if (answer.IsGood)
                {
                    times.Add(watch.Elapsed);
                    Interlocked.Increment(ref accepted);
                }
                else if (answer is { Status: 429 or 503, RetryAfter: not null })
                {
                    Interlocked.Increment(ref refused);
                }
                else
                {
                    Interlocked.Increment(ref silent);
                }
            }
        }));
        var samples = await memory;
        var late = samples.Skip(samples.Count * 2 / 5).ToList();
        var mean = late.Average();
        var swing = Math.Max(late.Max() - mean, mean - late.Min()) / mean;
        await Poll.UntilAsync(
            async () => await rig.Client.UnfinishedAsync() == 0, TimeSpan.FromSeconds(120), "the queue to drain");
        return new TrialResult
        {
            Trial = Name,
            Seeds = "-",
            Acked = accepted,
            Pass = silent == 0 && refused > 9 * accepted / 2 && swing <= 0.10 && !rig.Balancer.HasExited,
            Notes =
            [
                $"{length.TotalSeconds:0} s, {idle} idle connections: {accepted} taken (p99 " +
                $"{times.Order().ElementAt((int)(times.Count * 0.99)).TotalMilliseconds:0} ms), {refused} refused with Retry-After, " +
                $"{silent} refused otherwise; memory {mean / (1 << 20):0} MB, swing in the last three fifths {swing:P0}",
            ],
        };
    }

    private static async Task<List<double>> SampleAsync(int process, CancellationToken stop)
    {
        var samples = new List<double>();
        while (!stop.IsCancellationRequested)
        {
            samples.Add(ProcessFigures.Memory(process));
            await Task.Delay(500, CancellationToken.None);
        }

        return samples;
    }
}
