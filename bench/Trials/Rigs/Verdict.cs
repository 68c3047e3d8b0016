using System.Diagnostics;

namespace ActorBalancer.Trials.Rigs;

/// <summary>What the ledger, the balancer, the workers' logs and the receiver say together.</summary>
internal sealed class Verdict
{
    /// <summary>A result on its way is not yet on disk for about this long after the worker's end: what a kill in that
    /// time runs again, it ran at the kill. Source: ours, ten times the longest commit that was seen under
    /// load.</summary>
    private static readonly TimeSpan Flight = TimeSpan.FromSeconds(1);

    private const int ExamplesMax = 3;

    private readonly List<string> _faults = [];

    /// <summary>Tasks that were posted, whatever came back.</summary>
    public int Attempted { get; private set; }

    /// <summary>Acknowledged tasks.</summary>
    public int Acked { get; private set; }

    /// <summary>See <see cref="TrialResult.Lost"/>.</summary>
    public int Lost { get; private set; }

    /// <summary>See <see cref="TrialResult.Unexpected"/>.</summary>
    public int Unexpected { get; private set; }

    /// <summary>See <see cref="TrialResult.Duplicated"/>.</summary>
    public int Duplicated { get; private set; }

    /// <summary>Runs again that no kill explains.</summary>
    public int Unexplained { get; private set; }

    /// <summary>Longest time by which a run that had to be run again had ended before the kill: its result was on its
    /// way to the disk.</summary>
    public TimeSpan OnItsWayMax { get; private set; }

    /// <summary>Tasks that were taken although their sender was never told; allowed.</summary>
    public int Recovered { get; private set; }

    /// <summary>Tasks that ran and were forgotten by a kill before their commit. Nobody was told of them, so that
    /// nothing is lost; but their sender, who asks again, has them run twice.</summary>
    public int RanForgotten { get; private set; }

    /// <summary>Tasks that are dead with their attempts.</summary>
    public int Dead { get; private set; }

    /// <summary>Webhook calls beyond the first of a task.</summary>
    public int CallsAgain { get; private set; }

    /// <summary>Most calls for one task.</summary>
    public int CallsMax { get; private set; }

    /// <summary>How long it took until nothing was open.</summary>
    public TimeSpan Drained { get; private set; }

    /// <summary>Some of what was wrong, in words.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>True when nothing is lost, nothing unexpected, and every second run was running at a kill.</summary>
    public bool IsGood => Lost == 0 && Unexpected == 0 && Unexplained == 0;

    /// <summary>Waits until nothing is open, and compares.</summary>
    /// <param name="rig">The rig, with its balancer and workers up.</param>
    /// <param name="drainMax">Longest wait in which nothing moves.</param>
    public static async Task<Verdict> ReachAsync(IRig rig, TimeSpan drainMax)
    {
        var verdict = new Verdict { Drained = await DrainAsync(rig, drainMax) };
        var seen = await rig.Client.ListAsync();
        var runs = rig.Runs.ToLookup(static run => run.TaskId, StringComparer.Ordinal);
        verdict.Attempted = rig.Ledger.Posted.Count();
        verdict.Acked = rig.Ledger.AckedCount;
        verdict.JudgeAcked(rig, seen, runs);
        verdict.JudgeSeen(rig, seen, runs);
        verdict.JudgeRuns(rig, seen, runs);
        verdict.JudgeCalls(rig, seen);
        return verdict;
    }

    // A quick driver leaves a long backlog: it may take its time, as long as it gets shorter or webhooks arrive.
    private static async Task<TimeSpan> DrainAsync(IRig rig, TimeSpan drainMax)
    {
        var watch = Stopwatch.StartNew();
        var before = (Open: -1L, Calls: -1);
        var isDone = false;
        while (!isDone)
        {
            await Poll.UntilAsync(
                async () =>
                {
                    var now = (Open: await rig.Client.UnfinishedAsync(), Calls: rig.Receiver.Count);
                    isDone = now.Open == 0;
                    var moved = isDone || now != before;
                    before = now;
                    return moved;
                },
                drainMax,
                "a task to end or a webhook to arrive");
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }

        return watch.Elapsed;
    }

    /// <summary>A line of the table.</summary>
    public TrialResult ToResult(string trial, string seeds, bool pass = true, params IEnumerable<string> notes) => new()
    {
        Trial = trial,
        Seeds = seeds,
        Attempted = Attempted,
        Acked = Acked,
        Lost = Lost,
        Unexpected = Unexpected,
        Duplicated = Duplicated,
        Pass = IsGood && pass,
        Notes =
        [
            .. notes,
            $"recovered {Recovered}, ran and forgotten {RanForgotten}, dead {Dead}, "
            + $"webhook calls again {CallsAgain} (at most {CallsMax} a task), not running at a kill {Unexplained} "
            + $"(results at most {OnItsWayMax.TotalMilliseconds:0} ms on their way), "
            + $"drained in {Drained.TotalSeconds:0.0} s",
            .. Faults,
        ],
    };

    private void JudgeAcked(IRig rig, Dictionary<string, SeenTask> seen, ILookup<string, WorkerRun> runs)
    {
        foreach (var entry in rig.Ledger.Acked)
        {
            var id = entry.TaskId!;
            if (!seen.TryGetValue(id, out var task))
                Lose($"{id} ({entry.Mark}) was acknowledged and is not there");
            else if (task.State == "dead" && task.Attempts > 0)
                Dead++;
            else if (task.State != "succeeded")
                Lose($"{id} ({entry.Mark}) is {task.State} with {task.Attempts} attempts");
            else if (!runs.Contains(id))
                Lose($"{id} ({entry.Mark}) succeeded, but no worker ran it");
            if (entry.IsWebhook && rig.Receiver.Calls(id).Count == 0)
                Lose($"{id} ({entry.Mark}): its webhook never came; delivery {task?.Webhook}");
        }
    }

    // A task that was taken just before a kill is there although its sender was not told.
    private void JudgeSeen(IRig rig, Dictionary<string, SeenTask> seen, ILookup<string, WorkerRun> runs)
    {
        foreach (var id in seen.Keys.Where(id => rig.Ledger.FindTask(id) is null))
        {
            var mark = runs[id].FirstOrDefault()?.Mark;
            if (mark is not null && rig.Ledger.FindMark(mark) is { TaskId: null })
                Recovered++;

            // Refused in doubt, called off as soon as that could be, and never run: no worker can tell its mark.
            else if (mark is null && seen[id].State == "cancelled")
                Recovered++;
            else
                Surprise($"{id} ({mark}) is there, but nobody posted it");
        }
    }

    private void JudgeRuns(IRig rig, Dictionary<string, SeenTask> seen, ILookup<string, WorkerRun> runs)
    {
        foreach (var ofMark in runs.SelectMany(static ofTask => ofTask).GroupBy(static run => run.Mark))
        {
            var all = ofMark.OrderBy(static run => run.StartedAt).ToList();
            if (rig.Ledger.FindMark(ofMark.Key) is null)
                Surprise($"{all[0].TaskId} ran with the unknown mark '{ofMark.Key}'");
            var tasks = all.Select(static run => run.TaskId).Distinct(StringComparer.Ordinal).ToList();
            var forgotten = tasks.Count(id => !seen.ContainsKey(id));
            RanForgotten += forgotten;
            if (tasks.Count - forgotten > 1)
                Surprise($"'{ofMark.Key}' is kept as {string.Join(" and as ", tasks)}");
            if (all.Count > 1)
                JudgeAgain(rig, all);
        }
    }

    private void JudgeAgain(IRig rig, List<WorkerRun> all)
    {
        Duplicated++;
        for (var number = 1; number < all.Count; number++)
        {
            var (before, again) = (all[number - 1], all[number]);
            var end = before.EndedAt ?? again.StartedAt;
            var kills = rig.Kills.Where(kill => kill >= before.StartedAt - Flight && kill <= end + Flight).ToList();
            if (kills.Count > 0)
            {
                var since = kills.Min(kill => kill - end);
                if (since > OnItsWayMax)
                    OnItsWayMax = since;
                continue;
            }

            if (rig.Troubles.Any(trouble => trouble.From <= end + Flight && trouble.To >= before.StartedAt - Flight))
                continue;
            Unexplained++;
            Say($"{again.TaskId} ran at {before.StartedAt:HH:mm:ss.fff} to {before.EndedAt:HH:mm:ss.fff} and again " +
                $"at {again.StartedAt:HH:mm:ss.fff} without a kill");
        }
    }

    private void JudgeCalls(IRig rig, Dictionary<string, SeenTask> seen)
    {
        foreach (var id in rig.Receiver.TaskIds)
        {
            var calls = rig.Receiver.Calls(id);
            if (!seen.ContainsKey(id))
                Surprise($"a webhook came for {id}, which is not there");
            if (calls.Select(static call => call.MessageId).Distinct(StringComparer.Ordinal).Count() != 1)
                Surprise($"the webhooks of {id} have several ids");
            CallsMax = Math.Max(CallsMax, calls.Count);
            CallsAgain += calls.Count - 1;
            for (var number = 1; number < calls.Count; number++)
            {
                var (before, again) = (calls[number - 1].SentAt, calls[number].At);
                if (!rig.Kills.Any(kill => kill >= before && kill <= again)
                    && !rig.Troubles.Any(trouble => trouble.From <= again && trouble.To >= before))
                {
                    var last = rig.Kills.Where(kill => kill < again).DefaultIfEmpty().Max();
                    Surprise($"the webhook of {id} was sent at {before:HH:mm:ss.fff} and again at " +
                        $"{again:HH:mm:ss.fff} without a kill; the last one was at {last:HH:mm:ss.fff}");
                }
            }
        }
    }

    private void Lose(string what)
    {
        Lost++;
        Say("LOST: " + what);
    }

    private void Surprise(string what)
    {
        Unexpected++;
        Say("UNEXPECTED: " + what);
    }

    private void Say(string what)
    {
        if (_faults.Count < ExamplesMax)
            _faults.Add(what);
    }
}
