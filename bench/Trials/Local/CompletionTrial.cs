using System.Collections.Concurrent;
using System.Text;
using ActorBalancer.Testing.Workers;
using ActorBalancer.Trials.Rigs;

namespace ActorBalancer.Trials.Local;

/// <summary>Workers that answer twice, too late, or for a task that is not theirs. A worker answers on the connection
/// of the task, so a second answer is one that nobody asked for there.</summary>
internal sealed class CompletionTrial : Trial
{
    private readonly ConcurrentQueue<(string Name, string TaskId, string Token)> _attempts = new();

    /// <inheritdoc/>
    public override string Name => "11-late-and-forged-completion";

    /// <inheritdoc/>
    public override async Task<TrialResult> RunAsync(TrialSettings settings)
    {
        var count = settings.Short ? 100 : 500;
        var workers = await FakeWorkers.StartAsync(2, 4);
        try
        {
            await using var rig = await FakeWorkers.RigAsync(workers);
            foreach (var worker in workers)
                worker.Answer = AnswerTwiceAsync;
            var twice = await RunAllAsync(rig, "twice", count, "");
            foreach (var worker in workers)
                worker.Answer = AnswerLateAsync;
            var late = await RunAllAsync(
                rig, "late", 20, ",\"timeout\":300,\"attempts\":2,\"backoff\":{\"type\":\"fixed\",\"delay\":1}");
            foreach (var worker in workers)
                worker.Answer = HoldAsync;
            var (accepted, refusals) = await ForgeAsync(rig);

            // Last, since what a worker sends unasked may meet a later task.
            foreach (var worker in workers)
                worker.Answer = AnswerTwiceApartAsync;
            var apart = await RunAllAsync(rig, "apart", count, "");
            var commits = await CountEndsAsync(rig, twice.Ids.Concat(late.Ids));
            return new TrialResult
            {
                Trial = Name,
                Seeds = "-",
                Acked = twice.Ids.Count + late.Ids.Count,
                Lost = twice.Open + late.Open,
                Unexpected = twice.Wrong + late.Wrong + accepted + commits,
                Pass = twice.Open + late.Open + twice.Wrong + late.Wrong + accepted + commits == 0,
                Notes =
                [
                    $"answered twice at once: {twice.Wrong} of {count} results wrong; twice a moment apart: {apart.Wrong} of " +
                    $"{count} (not counted: a worker that lies is believed); late: {late.Wrong} of 20 results from the late " +
                    $"attempt; forged reports taken: {accepted} ({refusals}); tasks with other than one end: {commits}",
                ],
            };
        }
        finally
        {
            await FakeWorkers.EndAsync(workers);
        }
    }

    private static async Task AnswerTwiceAsync(FakeWorkerCall call)
    {
        var (good, forged) = (FakeWorkers.Result(FakeWorkers.NameOf(call)), FakeWorkers.Result("forged"));
        await call.SendRawAsync(Encoding.UTF8.GetBytes(Whole(good) + Whole(forged)));
    }

    private static string Whole(string body) =>
        $"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {body.Length}\r\n\r\n{body}";

    // The second answer may come when the connection has been given to the next task already: HTTP/1.1 has no mark by
    // which that could be told. The figure says how often it happens.
    private static async Task AnswerTwiceApartAsync(FakeWorkerCall call)
    {
        await FakeWorkers.AnswerNameAsync(call);
        await call.RespondAsync(200, FakeWorkers.Result("forged"));
    }

    // The first attempt answers after its time; the second at once.
    private static async Task AnswerLateAsync(FakeWorkerCall call)
    {
        if (call.Header("x-task-attempt") == "1")
        {
            await Task.Delay(3_000, CancellationToken.None);
            await call.RespondAsync(200, FakeWorkers.Result("forged"));
            return;
        }

        await FakeWorkers.AnswerNameAsync(call);
    }

    private async Task HoldAsync(FakeWorkerCall call)
    {
        _attempts.Enqueue((FakeWorkers.NameOf(call), call.Header("x-task-id")!, call.Header("x-fencing-token")!));
        await (await call.WaitForReleaseAsync())(call);
    }

    private static async Task<(List<string> Ids, int Open, int Wrong)> RunAllAsync(
        Rig rig, string prefix, int count, string more)
    {
        var posts = await Task.WhenAll(Enumerable.Range(0, count).Select(async number =>
        {
            var name = $"{prefix}-{number}";
            return (Name: name, Answer: await rig.Client.PostAsync(FakeWorkers.Body(name, more: more)));
        }));
        var (open, wrong) = (0, 0);
        foreach (var (name, answer) in posts)
        {
            var ended = await rig.Client.GetTaskAsync(answer.Text("taskId")!, "30s");
            if (ended.Text("state") != "succeeded")
                open++;
            else if (FakeWorkers.ResultName(ended) != name)
                wrong++;
        }

        return ([.. posts.Select(static post => post.Answer.Text("taskId")!)], open, wrong);
    }

    // Two tasks run; each token is shown for the other task, for none, and again after the end.
    private async Task<(int Accepted, string Refusals)> ForgeAsync(Rig rig)
    {
        await rig.Client.PostAsync(FakeWorkers.Body("one"));
        await rig.Client.PostAsync(FakeWorkers.Body("two"));
        await Poll.UntilAsync(
            () => Task.FromResult(_attempts.Count == 2), TimeSpan.FromSeconds(10), "two running tasks");
        var (one, two) = (_attempts.First(), _attempts.Last());
        var statuses = new List<int>
        {
            await ReportAsync(rig, two.TaskId, one.Token),
            await ReportAsync(rig, one.TaskId, two.Token),
            await ReportAsync(rig, one.TaskId, "1"),
            await ReportAsync(rig, Guid.CreateVersion7().ToString("N"), one.Token),
        };
        var own = await ReportAsync(rig, one.TaskId, one.Token);
        await rig.Client.SendAsync(HttpMethod.Delete, $"/task/{one.TaskId}");
        await rig.Client.SendAsync(HttpMethod.Delete, $"/task/{two.TaskId}");
        statuses.Add(await ReportAsync(rig, one.TaskId, one.Token));
        return (statuses.Count(static status => status is >= 200 and < 300) + (own == 204 ? 0 : 1),
            $"answers {string.Join(' ', statuses)}, its own {own}");
    }

    private static async Task<int> ReportAsync(Rig rig, string id, string token) => (await rig.Client.SendAsync(
        HttpMethod.Post, $"/task/{id}/progress", "{\"done\":1}", default, ("x-fencing-token", token))).Status;

    private static async Task<int> CountEndsAsync(Rig rig, IEnumerable<string> ids)
    {
        var odd = 0;
        foreach (var id in ids)
        {
            var events = await rig.Client.SendAsync(HttpMethod.Get, $"/task/{id}/events");
            if (events.Body.Split("event: completed").Length != 2
                || events.Body.Contains("event: failed", StringComparison.Ordinal))
                odd++;
        }

        return odd;
    }
}
