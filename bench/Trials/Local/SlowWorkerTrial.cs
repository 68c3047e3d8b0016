using System.Diagnostics;
using System.Text.Json;
using ActorBalancer.Testing.Workers;
using ActorBalancer.Trials.Rigs;

namespace ActorBalancer.Trials.Local;

/// <summary>One worker of four is ten times slower, then hangs, then gives a byte a second.</summary>
internal sealed class SlowWorkerTrial : Trial
{
    private const int Slots = 4;
    private const int QuickMilliseconds = 20;
    private const int TimeoutMilliseconds = 1_000;

    /// <inheritdoc/>
    public override string Name => "13-slow-worker";

    /// <inheritdoc/>
    public override bool IsInShortRun => false;

    /// <inheritdoc/>
    public override int TriesMax => 3;

    /// <inheritdoc/>
    public override async Task<TrialResult> RunAsync(TrialSettings settings)
    {
        var workers = await FakeWorkers.StartAsync(4, Slots);
        try
        {
            await using var rig = await FakeWorkers.RigAsync(workers);
            foreach (var worker in workers)
                worker.Answer = call => AnswerAfterAsync(call, QuickMilliseconds);
            var slow = workers[3];
            var length = TimeSpan.FromSeconds(settings.Short ? 2 : 5);
            slow.Health = slow.Health with { Status = "maintenance" };
            await slow.Socket.PushStatusAsync();
            await Poll.UntilAsync(
                async () => await rig.Client.ReadyWorkersAsync() == 3, TimeSpan.FromSeconds(10), "three workers");
            await MeasureAsync(rig, workers, length);
            var alone = await MeasureAsync(rig, workers, length);
            slow.Health = slow.Health with { Status = "ready" };
            await slow.Socket.PushStatusAsync();
            await rig.WaitForWorkersAsync();
            slow.Answer = static call => AnswerAfterAsync(call, 10 * QuickMilliseconds);
            var beside = await MeasureAsync(rig, workers, length);

            slow.Answer = FakeAnswers.Hang;
            var hung = await HangAsync(rig, slow.Url);
            slow.Answer = TrickleAsync;
            var trickled = await HangAsync(rig, slow.Url);
            slow.Answer = FakeWorkers.AnswerNameAsync;
            var used = await UsedSlotsAsync(rig);
            var times = hung.Times.Concat(trickled.Times).ToList();
            var isInTime = times.Count > 0 && times.TrueForAll(static time =>
                time is >= 0.9 * TimeoutMilliseconds and <= 1.1 * TimeoutMilliseconds);
            return new TrialResult
            {
                Trial = Name,
                Seeds = "-",
                Acked = hung.Acked + trickled.Acked,
                Lost = hung.Lost + trickled.Lost,
                Pass = beside >= 0.9 * alone && isInTime && used == 0 && hung.Lost + trickled.Lost == 0,
                Notes =
                [
                    $"quick workers' throughput {alone:0}/s without the slow one, {beside:0}/s beside it ({beside / alone:0.00}); " +
                    $"{times.Count} attempts ended by their time-out of {TimeoutMilliseconds} ms after " +
                    $"{times.DefaultIfEmpty().Min():0} to {times.DefaultIfEmpty().Max():0} ms; slots still in use {used}",
                ],
            };
        }
        finally
        {
            await FakeWorkers.EndAsync(workers);
        }
    }

    private static async Task AnswerAfterAsync(FakeWorkerCall call, int milliseconds)
    {
        await Task.Delay(milliseconds);
        await FakeWorkers.AnswerNameAsync(call);
    }

    private static async Task TrickleAsync(FakeWorkerCall call)
    {
        await call.BeginChunksAsync(200, "application/json");
        while (!call.Aborted.IsCancellationRequested)
        {
            await call.SendChunkAsync(" ");
            await Task.Delay(1_000, call.Aborted);
        }
    }

    // Tasks a second of the three quick workers, while more waits than all can take.
    private static async Task<double> MeasureAsync(Rig rig, List<FakeWorker> workers, TimeSpan length)
    {
        var before = workers.Take(3).Sum(static worker => worker.Calls.Count);
        var watch = Stopwatch.StartNew();
        var producers = Enumerable.Range(0, 6 * Slots).Select(async _ =>
        {
            while (watch.Elapsed < length)
                await rig.Client.PostAsync(FakeWorkers.Body("load", "sync"));
        }).ToList();

        // Counted before the last answers: those of the slow worker would be waited for by all.
        await Task.Delay(length);
        var rate = (workers.Take(3).Sum(static worker => worker.Calls.Count) - before) / watch.Elapsed.TotalSeconds;
        await Task.WhenAll(producers);
        return rate;
    }

    private static async Task<(int Acked, int Lost, List<double> Times)> HangAsync(Rig rig, string url)
    {
        var posts = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => rig.Client.PostAsync(FakeWorkers.Body(
            "hung", more: $",\"timeout\":{TimeoutMilliseconds},\"attempts\":20"))));
        var times = new List<double>();
        var lost = 0;
        foreach (var post in posts)
        {
            var ended = await rig.Client.GetTaskAsync(post.Text("taskId")!, "60s");
            if (ended.Text("state") != "succeeded")
                lost++;
            foreach (var attempt in ended.Json.GetProperty("attempts").EnumerateArray())
            {
                if (attempt.GetProperty("worker").GetString() != url
                    || attempt.GetProperty("error").ValueKind != JsonValueKind.String)
                    continue;
                var (start, end) = (attempt.GetProperty("startedAt"), attempt.GetProperty("endedAt"));
                times.Add((end.GetDateTime() - start.GetDateTime()).TotalMilliseconds);
            }
        }

        return (posts.Length, lost, times);
    }

    private static async Task<int> UsedSlotsAsync(Rig rig)
    {
        var used = -1;
        try
        {
            await Poll.UntilAsync(
                async () =>
                {
                    var health = await rig.Client.SendAsync(HttpMethod.Get, "/health");
                    used = health.Json.GetProperty("workers").EnumerateArray()
                        .Sum(static worker => worker.GetProperty("slots").GetProperty("used").GetInt32());
                    return used == 0;
                },
                TimeSpan.FromSeconds(15), "all slots to be free");
        }
        catch (TrialException)
        {
            // The figure says it.
        }

        return used;
    }
}
