using System.Collections.Concurrent;
using System.Diagnostics;
using ActorBalancer.Testing.Workers;
using ActorBalancer.Trials.Rigs;

namespace ActorBalancer.Trials.Local;

/// <summary>Tasks that kill their worker, or make it break off, fail, talk rubbish or never stop.</summary>
internal sealed class PoisonTrial : Trial
{
    private const int Attempts = 3;
    private static readonly TimeSpan NoiseMax = TimeSpan.FromMilliseconds(50);
    private readonly ConcurrentDictionary<string, int> _runs = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public override string Name => "12-poison-task";

    /// <inheritdoc/>
    public override int TriesMax => 3;

    /// <inheritdoc/>
    public override async Task<TrialResult> RunAsync(TrialSettings settings)
    {
        _runs.Clear();
        var good = settings.Short ? 300 : 1_000;
        var workers = await FakeWorkers.StartAsync(4, 8);
        try
        {
            await using var rig = await FakeWorkers.RigAsync(workers, ("RESULT_LIMIT", "1mb"));
            foreach (var worker in workers)
                worker.Answer = call => AnswerAsync(worker, call);
            await MeasureAsync(rig, good);
            var (alone, _) = await MeasureAsync(rig, good);
            var kinds = new[] { "exit", "eof", "reset", "fail", "garbage", "half", "endless" };
            var poison = await Task.WhenAll(kinds.Select(kind => rig.Client.PostAsync(
                FakeWorkers.Body(kind, more: ",\"backoff\":{\"type\":\"fixed\",\"delay\":300}"))));
            var (beside, failed) = await MeasureAsync(rig, good);
            var wrong = await JudgeAsync(rig, kinds, poison);
            var back = await Poll.UntilAsync(
                async () => await rig.Client.ReadyWorkersAsync() == workers.Count,
                TimeSpan.FromSeconds(30), "all workers");
            var limit = alone * 2 > alone + NoiseMax ? alone * 2 : alone + NoiseMax;
            return new TrialResult
            {
                Trial = Name,
                Seeds = "-",
                Acked = kinds.Length,
                Lost = failed,
                Unexpected = wrong.Count,
                Pass = wrong.Count == 0 && failed == 0 && beside <= limit,
                Notes =
                [
                    $"runs of each: {string.Join(", ", kinds.Select(kind => $"{kind} {_runs.GetValueOrDefault(kind)}"))}; p99 of " +
                    $"the others {alone.TotalMilliseconds:0.0} ms alone, {beside.TotalMilliseconds:0.0} ms beside; failed {failed}; " +
                    $"all workers ready {back.TotalSeconds:0.0} s after",
                    .. wrong,
                ],
            };
        }
        finally
        {
            await FakeWorkers.EndAsync(workers);
        }
    }

    private async Task AnswerAsync(FakeWorker worker, FakeWorkerCall call)
    {
        var name = FakeWorkers.NameOf(call);
        if (name == "good")
        {
            await FakeWorkers.AnswerNameAsync(call);
            return;
        }

        _runs.AddOrUpdate(name, 1, static (_, count) => count + 1);
        switch (name)
        {
            case "exit":
                // Beside the call: the worker's end waits for its calls.
                _ = Task.Run(() => DieAsync(worker));
                await Task.Delay(Timeout.Infinite, call.Aborted).ContinueWith(static _ => { }, TaskScheduler.Default);
                break;
            case "eof":
                await FakeAnswers.Close(call);
                break;
            case "reset":
                await FakeAnswers.Reset(call);
                break;
            case "fail":
                await FakeAnswers.Failure(call);
                break;
            case "garbage":
                await FakeAnswers.Garbage(call);
                break;
            case "half":
                await FakeAnswers.CloseInBody(call);
                break;
            default:
                await FakeAnswers.EndlessBody(call);
                break;
        }
    }

    private static async Task DieAsync(FakeWorker worker)
    {
        try
        {
            await worker.GoDownAsync();
        }
        catch (AggregateException)
        {
            // Calls that were under way broke, as they would in a process that dies.
        }

        await Task.Delay(200);
        worker.ComeBack();
    }

    private static async Task<(TimeSpan Percentile, int Failed)> MeasureAsync(Rig rig, int count)
    {
        var times = new ConcurrentBag<TimeSpan>();
        var (left, failed) = (count, 0);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                var watch = Stopwatch.StartNew();
                var answer = await rig.Client.PostAsync(FakeWorkers.Body("good", "sync"));
                times.Add(watch.Elapsed);
                if (!answer.IsGood)
                    Interlocked.Increment(ref failed);
            }
        }));
        return (times.Order().ElementAt((int)(times.Count * 0.99)), failed);
    }

    private async Task<List<string>> JudgeAsync(Rig rig, string[] kinds, Answer[] poison)
    {
        var wrong = new List<string>();
        for (var number = 0; number < kinds.Length; number++)
        {
            var ended = await rig.Client.GetTaskAsync(poison[number].Text("taskId")!, "60s");
            var runs = _runs.GetValueOrDefault(kinds[number]);
            if (ended.Text("state") != "dead" || string.IsNullOrEmpty(ended.Text("error")) || runs > Attempts)
                wrong.Add($"{kinds[number]}: {ended.Text("state")} after {runs} runs: {ended.Text("error")}");
        }

        return wrong;
    }
}
