using System.Globalization;
using System.Text;
using System.Text.Json;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Tests.Simulation;

/// <summary>What the balancer promises, checked against everything that was seen: by senders, workers and the store.
/// </summary>
internal sealed class Promises(SimulationLoop loop)
{
    /// <summary>When the worlds' clocks begin, in Unix milliseconds.</summary>
    public static readonly long Epoch = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    public List<ClientTask> Tasks { get; } = [];

    /// <summary>Until when the queue must hand out nothing, as its operator was told; null when that is open.</summary>
    public long? PausedUntil { get; set; }

    /// <summary>Number of the present life.</summary>
    public int Life { get; set; }

    /// <summary>Attempts where a task names none.</summary>
    public required int AttemptsDefault { get; init; }

    /// <summary>The store leases a task.</summary>
    public void OnLeased(QueuedTask leased)
    {
        var task = Tasks[int.Parse(leased.Body, CultureInfo.InvariantCulture)];
        loop.Tell($"leases task {task.Number}, attempt {leased.Attempt}, token {leased.LeaseToken}");
        if (PausedUntil > loop.Now)
            loop.Break($"{task} was leased while its queue was paused until {PausedUntil}");
        if (loop.Now < task.DueAt && task.RevivedAt.Count == 0)
            loop.Break($"{task} was leased early");
        if (task.EndedSince is { } ended)
            loop.Break($"{task} was leased after its end ({task.ToldState}) was told at {ended}");
        if (task.Leases.Count > 0 && task.Leases[^1].Token >= leased.LeaseToken)
            loop.Break($"{task}: token {leased.LeaseToken} does not follow {task.Leases[^1].Token}");
        task.Leases.Add(new Lease(
            leased.LeaseToken, leased.Attempt, loop.Now, leased.CreatedAtMilliseconds - Epoch));
    }

    /// <summary>A sender was told a final state that is on disk.</summary>
    public void OnEndTold(ClientTask task, TaskState state)
    {
        // Orders to retry make the state open again; what was asked before them may be answered after them.
        if (task.RevivedAt.Count > 0)
            return;
        if (task.ToldState is { } before && before != state)
            loop.Break($"{task} was told to be {before}, then {state}");
        task.ToldState = state;
        task.EndedSince ??= loop.Now;
    }

    /// <summary>A result reached somebody: it must be that of the newest lease.</summary>
    public void OnResult(ClientTask task, ReadOnlySpan<byte> result, IReadOnlyList<Execution> executions)
    {
        var numbers = JsonSerializer.Deserialize<int[]>(result)!;
        var execution = executions[numbers[1]];
        if (numbers[0] != task.Number || execution.Call.Task != task.Number)
            loop.Break($"{task} got the result of another task: {Encoding.ASCII.GetString(result)}");
        else if (execution.Call.Token != task.Leases[^1].Token)
            loop.Break($"{task} got the result of {execution}, but its newest token is {task.Leases[^1].Token}");
    }

    /// <summary>Checks every execution against every other one of its task.</summary>
    public void CheckExecutions(IReadOnlyList<Execution> executions)
    {
        foreach (var group in executions.GroupBy(execution => execution.Call.Task))
        {
            var task = Tasks[group.Key];
            var inOrder = group.OrderBy(execution => execution.Call.Token).ToArray();
            foreach (var execution in inOrder)
                CheckLease(task, execution);
            for (var i = 0; i < inOrder.Length; i++)
            {
                for (var j = i + 1; j < inOrder.Length; j++)
                    CheckPair(task, inOrder[i], inOrder[j], areNeighbours: j == i + 1);
            }

            foreach (var life in inOrder.GroupBy(execution => execution.Life.Number))
            {
                var most = (task.Options.Attempts ?? AttemptsDefault) * (1 + task.RevivedAt.Count);
                if (life.Count() > most)
                    loop.Break($"{task} was executed {life.Count()} times in life {life.Key}, at most {most} may be");
            }
        }

        var keyed = executions.Where(execution => Tasks[execution.Call.Task].Options.OrderingKey is not null);
        foreach (var line in keyed.GroupBy(
            execution => (execution.Life, Tasks[execution.Call.Task].Options.OrderingKey)))
            CheckLine([.. line.OrderBy(execution => execution.Call.Token)]);
    }

    /// <summary>An acknowledged task as it is found when everything has come to rest.</summary>
    public void CheckEnd(ClientTask task, TaskLookup found, IReadOnlyList<Execution> executions)
    {
        if (found.Task is not { } end || !TaskTransitions.IsFinal(end.State))
        {
            loop.Break($"{task} was acknowledged and is {found.Kind} {found.Task?.State}: lost");
            return;
        }

        var own = executions.Where(execution => execution.Call.Task == task.Number).ToArray();
        if (task.RevivedAt.Count == 0 && task.ToldState is { } told && told != end.State)
            loop.Break($"{task} was told to be {told} and is {end.State}");
        switch (end.State)
        {
            case TaskState.Succeeded:
                OnResult(task, end.Result, executions);
                break;
            case TaskState.Cancelled when !task.WasCancelled:
                loop.Break($"{task} is cancelled, and nobody asked for it");
                break;
            case TaskState.Expired:
                CheckExpired(task, end, own);
                break;
            case TaskState.Dead:
                CheckDead(task, end, own);
                break;
        }
    }

    private void CheckExpired(ClientTask task, TaskSnapshot end, Execution[] executions)
    {
        if (task.IsSync && end.WorkerStatus == 504)
            return;
        if (task.Options.TimeToLiveMilliseconds is not { } life
            || end.FinishedAtMilliseconds < end.CreatedAtMilliseconds + life)
            loop.Break($"{task} expired before its time");

        // A kill may take the knowledge that a task was sent.
        if (executions.Length > 0 && !executions[^1].Life.IsOver)
            loop.Break($"{task} expired after {executions[^1]}");
    }

    private void CheckDead(ClientTask task, TaskSnapshot end, Execution[] executions)
    {
        var before = task.RevivedAt.Count > 0 ? 0 : end.Attempts.Count(attempt => attempt.Worker is not null);
        var isRefused = executions.Any(execution => execution.Treatment == Treatment.Refuses);
        var isUsedUp = before >= (task.Options.Attempts ?? AttemptsDefault);
        if (!isRefused && !isUsedUp && task.RevivedAt.Count == 0 && !task.IsSync)
            loop.Break($"{task} is dead after {before} attempts without a reason: {end.Error}");
    }

    private void CheckLease(ClientTask task, Execution execution)
    {
        var lease = task.Leases.Find(lease => lease.Token == execution.Call.Token);
        if (lease is null)
            loop.Break($"{execution} has a token that no lease gave out");
        else if (lease.Attempt != execution.Call.Attempt)
            loop.Break($"{execution} has another attempt than its lease: {lease.Attempt}");
        else if (lease.Attempt == 1 && task.RevivedAt.Count == 0
            && task.Options.TimeToLiveMilliseconds is { } life && lease.At >= lease.CreatedAt + life)
            loop.Break($"{execution} was sent after its time to live");
    }

    // What was broken off or called off may run on at its worker while the next of its key begins.
    private void CheckLine(Execution[] line)
    {
        for (var i = 1; i < line.Length; i++)
        {
            foreach (var first in line.Take(i).Where(first => first.Call.Task != line[i].Call.Task))
            {
                var isLeft = first.WasAborted || Tasks[first.Call.Task].WasCancelled;
                if (!isLeft && (first.ReleasedAt ?? long.MaxValue) > line[i].StartedAt)
                    loop.Break($"two of one ordering key at once: {first}; {line[i]}");
            }
        }
    }

    private void CheckPair(ClientTask task, Execution first, Execution second, bool areNeighbours)
    {
        if (first.Call.Token == second.Call.Token)
        {
            loop.Break($"one token for two: {first}; {second}");
            return;
        }

        if (first.Life != second.Life)
            return;
        var lease = task.Leases.Find(lease => lease.Token == second.Call.Token)!;
        var deadline = first.Call.Deadline.ToUnixTimeMilliseconds() - Epoch;
        var isRevived = task.RevivedAt.Exists(at => at <= lease.At && at >= first.StartedAt);
        var isOver = lease.At >= deadline || isRevived;
        if (!isOver && (first.ReleasedAt ?? long.MaxValue) > second.StartedAt)
            loop.Break($"two at once: {first}; {second}");
        if (areNeighbours && !isOver && first.WasAnswered && !first.WasAborted)
            loop.Break($"run again without a reason: {first}; {second}");
    }
}
