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
    private static readonly TimeSpan LatestAllowed = TimeSpan.FromMilliseconds(50);

    /// <summary>Long enough that the kernel's ticks of 10 ms do not decide.</summary>
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(20);

    public override string Name => "30-delay";

    public override bool IsInShortRun => false;

    public override async Task<TrialResult> RunAsync(TrialSettings settings)
    {
        await using var rig = await Rig.StartAsync(new RigOptions { Workers = 1, Slots = 50 });
        var far = DateTimeOffset.UtcNow.AddDays(1).ToString("O", CultureInfo.InvariantCulture);
        var acked = await rig.Client.PostLinesAsync(Lines(Waiting, $"\"runAt\":\"{far}\""));

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
        acked += await rig.Client.PostLinesAsync(timed.ToString());
        var (early, latest, ended) = await MeasureAsync(rig);

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
        var line = $$"""{"group":"hello","function":"hello","contract":1,"input":{},"mode":"async",{{more}}}""" + "\n";
        return new StringBuilder().Insert(0, line, count).ToString();
    }

    // Early and late by what the balancer's own record says of due and start, which the worker's clock confirms: both
    // are processes of one machine.
    private static async Task<(long Early, TimeSpan Latest, int Ended)> MeasureAsync(Rig rig)
    {
        await Poll.UntilAsync(
            async () => (await rig.Client.ListAsync("state=succeeded")).Count == Timed, TimeSpan.FromMinutes(1),
            "the delayed tasks to end");
        var early = 0L;
        var latest = TimeSpan.Zero;
        var tasks = await rig.Client.ListAsync("state=succeeded");
        var starts = rig.ReadRuns().ToDictionary(static run => run.TaskId, static run => run.Start);
        foreach (var task in tasks)
        {
            var due = task.GetProperty("dueAt").GetDateTimeOffset();
            var late = starts[task.GetProperty("taskId").GetString()!] - due.UtcDateTime;
            if (late < TimeSpan.Zero)
                early++;
            if (late > latest)
                latest = late;
        }

        return (early, latest, tasks.Count);
    }

    private static TimeSpan ProcessorTime(int process)
    {
        using var running = Process.GetProcessById(process);
        return running.TotalProcessorTime;
    }
}
