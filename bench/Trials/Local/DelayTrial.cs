using System.Diagnostics;
using System.Globalization;
using System.Text;
using ActorBalancer.Trials.Rigs;

namespace ActorBalancer.Trials.Local;

/// <summary>
/// Delayed tasks: never early and at most 50 ms late on an idle system, and 100,000 that wait cost less than 1% of a
/// core. The lateness is the worker's word: what its log says against the due time that the balancer shows.
/// </summary>
internal sealed class DelayTrial : Trial
{
    private const int Waiting = 100_000;
    private const int Timed = 200;

    /// <summary>Tasks of one request: they fit into the default limit of a body.</summary>
    private const int Batch = 20_000;

    private static readonly TimeSpan LatestAllowed = TimeSpan.FromMilliseconds(50);

    /// <summary>Long enough that the kernel's ticks of 10 ms do not decide.</summary>
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(20);

    public override string Name => "30-delay";

    public override bool IsInShortRun => false;

    public override async Task<TrialResult> RunAsync(TrialSettings settings)
    {
        await using var rig = await Rig.StartAsync(new RigOptions
        {
            Workers = 1,
            Slots = 50,
            Settings = [("WORKER_DISCOVERY_INTERVAL", "3000")], // as it is by default: calls cost more than waiting
        });
        var far = DateTimeOffset.UtcNow.AddDays(1).ToString("O", CultureInfo.InvariantCulture);
        var acked = 0;
        for (var posted = 0; posted < Waiting; posted += Batch)
            acked += (await rig.Client.PostLinesAsync(Lines(Batch, $"\"runAt\":\"{far}\""))).Count;

        // What follows the burst (collections, the log's way into the file) is not the cost of waiting.
        await Task.Delay(TimeSpan.FromSeconds(5));
        var before = ProcessorTime(rig.Balancer.Id);
        var clock = Stopwatch.StartNew();
        await Task.Delay(IdleTime);
        var share = (ProcessorTime(rig.Balancer.Id) - before) / clock.Elapsed;

        var random = new Random(settings.Seed);
        var timed = new StringBuilder();
        for (var i = 0; i < Timed; i++)
            timed.Append(Lines(1, $"\"delay\":{random.Next(200, 5_000)}"));
        var ids = await rig.Client.PostLinesAsync(timed.ToString());
        acked += ids.Count;
        var (early, latest, ended) = await MeasureAsync(rig, ids);

        return new TrialResult
        {
            Trial = Name,
            Seeds = $"{settings.Seed}",
            Acked = acked,
            Lost = Timed - ended,
            Unexpected = early,
            Pass = acked == Waiting + Timed && ended == Timed && early == 0 && latest <= LatestAllowed && share < 0.01,
            Notes =
            [
                $"{Waiting} waiting tasks: {share:P2} of a core over {IdleTime.TotalSeconds:0} s (below 1 %)",
                $"{Timed} delayed tasks: {early} early, the latest {latest.TotalMilliseconds:0.0} ms late "
                    + $"(at most {LatestAllowed.TotalMilliseconds:0})",
            ],
        };
    }

    private static string Lines(int count, string more)
    {
        var line = $$"""{"group":"hello","function":"hello","contract":1,"input":{"name":"later"},"mode":"async",{{more}}}""" + "\n";
        return new StringBuilder().Insert(0, line, count).ToString();
    }

    // The balancer says when a task was due, the worker's own log when it got it: two processes of one machine's clock.
    private static async Task<(long Early, TimeSpan Latest, int Ended)> MeasureAsync(
        Rig rig, IReadOnlyList<string> ids)
    {
        var due = new Dictionary<string, DateTime>(StringComparer.Ordinal);
        foreach (var id in ids)
        {
            var task = (await rig.Client.GetTaskAsync(id, "30s")).Json;
            if (task.GetProperty("state").ValueEquals("succeeded"))
                due.Add(id, task.GetProperty("dueAt").GetDateTimeOffset().UtcDateTime);
        }

        var early = 0L;
        var latest = TimeSpan.Zero;
        foreach (var run in rig.Runs.Where(run => due.ContainsKey(run.TaskId)))
        {
            var late = run.StartedAt - due[run.TaskId];
            if (late < TimeSpan.Zero)
                early++;
            if (late > latest)
                latest = late;
        }

        return (early, latest, due.Count);
    }

    private static TimeSpan ProcessorTime(int process)
    {
        using var running = Process.GetProcessById(process);
        return running.TotalProcessorTime;
    }
}
