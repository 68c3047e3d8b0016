using ActorBalancer.Engine.Cluster;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Telemetry;
using ActorBalancer.Engine.Workers;

namespace ActorBalancer.Engine.Queues;

// A queue that a cluster shares: what waits is the store's, and the actor knows only what this node has leased.
// C1: an outcome goes out only after the store has said that the lease under which it came was the task's newest.
// C2: what was given back, ended or revoked is forgotten at once; what still comes of it is dropped.
internal sealed partial class QueueActor
{
    /// <summary>Shortest rest before the store is asked again to look for what is due: its clock may be a little
    /// ahead.</summary>
    private const int PromoteRestMilliseconds = 20;

    /// <summary>Rest before the store is asked again whether a stream may begin, after it could not be reached.
    /// </summary>
    private static readonly TimeSpan JudgeRest = TimeSpan.FromMilliseconds(500);

    /// <summary>Runs of the tasks that this node has leased.</summary>
    private readonly HashSet<TaskRun> _held = [];

    private bool _woken;
    private bool _dry;

    private void OnWoken()
    {
        route.AcknowledgeWoken();
        _woken = true;
        OnTended();
    }

    private void OnTended()
    {
        _dry = false;
        ArmBackoff();
    }

    // How much is pending is what the store said last. When that proves wrong, the next answer of the store decides.
    private void DispatchShared(ISharedTaskQueue queue)
    {
        if (_loading || _stopping || !(_woken || (queue.PendingCount > 0 && !_dry)) || IsPaused(queue))
            return;
        var room = CountFreeSlots();
        if (room == 0 || _unstored >= UnstoredMax)
            return;
        _woken = false;
        _loading = true;
        Context.PipeToSelf(
            queue.LeaseAsync(Math.Min(room, LeaseBatchMax), _leased),
            static _ => new LeaseLoaded(null),
            static exception => new LeaseLoaded(exception));
    }

    private bool IsPaused(ISharedTaskQueue queue) =>
        queue.PausedUntilMilliseconds is { } until && until > engine.Clock.NowMilliseconds;

    private void OnSharedLeased(Exception? fault)
    {
        _dry = _leased.Count == 0;
        if (fault is not null)
            ClusterQueueLog.LeaseFailed(engine.Logger, route.Key, fault.Message);
        foreach (var task in _leased)
        {
            var run = Adopt(task);
            if (_stopping)
                GiveBackShared(_shared!, run, 0, counts: false);
            else if (run.HasCaller && engine.Clock.NowMilliseconds >= run.DeadlineMilliseconds)
                Finish(run, TaskState.Expired, Outcomes.TimedOut(TimeoutOf(task), task.Attempt - 1));
            else
                Start(task);
        }

        _leased.Clear();
        ArmBackoff();
        TellDrained();
    }

    private TaskRun Adopt(QueuedTask task)
    {
        // This node had lost the task, and has it again: the older attempt is nobody's any more.
        if (engine.Live.TryFind(task.Id, out var older))
            OnLeaseRevoked(older);
        var begin = Math.Max(task.CreatedAtMilliseconds, task.Options.RunAtMilliseconds);
        var run = task.Caller is null
            ? new TaskRun(task, hasCaller: false, long.MaxValue)
            : new TaskRun(task, hasCaller: true, begin + (long)TimeoutOf(task).TotalMilliseconds);
        if (task.History is [.., { Worker: { } worker }])
            run.LastFailed = FindTarget(worker);
        _held.Add(run);
        engine.Live.TryAdd(task);
        SampleRates();
        return run;
    }

    private WorkerTarget? FindTarget(string id)
    {
        foreach (var target in _table.Targets)
        {
            if (target.Id == id)
                return target;
        }

        return null;
    }

    // Whoever looks at a task whose caller waits would cost each such task a command: they see it run, not where.
    private static void NoteStarted(ISharedTaskQueue queue, TaskRun run)
    {
        if (run.Task.Options.Mode is TaskMode.Async or TaskMode.Webhook)
            queue.NoteStarted(run.Task, RunningAttempt(run));
    }

    private int TimesOf(QueuedTask task, TimeSpan first)
    {
        var begin = Math.Max(task.CreatedAtMilliseconds, task.Options.RunAtMilliseconds);
        var age = Math.Max(0, engine.Clock.NowMilliseconds - begin);
        return 1 + (int)Math.Log2(1 + (age / first.TotalMilliseconds));
    }

    private void GiveBackShared(ISharedTaskQueue queue, TaskRun run, long due, bool counts)
    {
        var task = run.Task;
        var stored = queue.RetryAsync(task, task.LeaseToken, due, counts);
        Release(run);
        _unstored++;
        Context.PipeToSelf(
            stored, isOurs => new GivenBack(task, isOurs), _ => new GivenBack(task, null));
    }

    private void OnGivenBack(GivenBack given)
    {
        _unstored--;
        if (given.IsOurs == false)
            CountStale(given.Task);
        ArmBackoff();
        TellDrained();
    }

    private void FinishShared(ISharedTaskQueue queue, TaskRun run, TaskState state, TaskOutcome outcome)
    {
        var task = run.Task;
        var replies = run.HasCaller && task.Caller != engine.Shared!.Node;
        var end = SharedEnds.Of(engine.Options, task, state, outcome, NotBeforeStart(run), replies);
        var stored = queue.CompleteAsync(task, task.LeaseToken, end);
        Release(run);
        _unstored++;
        Context.PipeToSelf(
            stored,
            isOurs => new SharedEndStored(run, end, outcome, isOurs),
            _ => new SharedEndStored(run, end, outcome, null));
    }

    private void OnSharedEndStored(SharedEndStored stored)
    {
        _unstored--;
        var (run, end, outcome, isOurs) = stored;
        if (isOurs == true)
            ConcludeShared(run, end, outcome);
        else
            outcome.Dispose();
        if (isOurs == false)
            CountStale(run.Task);
        TellDrained();
    }

    private void ConcludeShared(TaskRun run, TaskEnd end, TaskOutcome outcome)
    {
        var task = run.Task;
        var kind = outcome.Kind;
        route.Rates.CountOut();
        FiguresOf(run).CountEnd(end.State, TaskFigures.TotalOf(task, engine.Clock.NowMilliseconds));
        if (end.HasDelivery)
            engine.Webhooks.Tell(new Webhooks.Deliver(task.Id, 0, 0));
        LogEnd(run, end, kind);
        if (run.TakeCaller(isStreaming: false))
        {
            if (task.Caller == engine.Shared!.Node)
                engine.Callers.Complete(task.Id, outcome);
            else
                outcome.Dispose();
            return;
        }

        outcome.Dispose();
    }

    // The first bytes of an answer decide for good, so the store is asked before they go out.
    private void JudgeStream(StreamOpened opened) => Context.PipeToSelf(
        IsOursAsync(opened.Task),
        isOurs => new StreamJudged(opened, isOurs),
        _ => new StreamJudged(opened, false));

    private async Task<bool> IsOursAsync(QueuedTask task)
    {
        var store = engine.Shared!;
        while (task.Attachment is not null)
        {
            try
            {
                var found = await store.FindAsync(task.Id, withBody: false);
                return found.Task is { } seen && seen.Runner == store.Node && seen.LeaseToken == task.LeaseToken;
            }
            catch (TaskStoreException)
            {
                await Task.Delay(JudgeRest, engine.Clock.Time);
            }
        }

        return false;
    }

    private void OnStreamJudged(StreamJudged judged)
    {
        var (task, token, stream) = judged.Opened;
        if (!Holds(task, token) || task.Attachment is not TaskRun { HasCaller: true } run)
        {
            stream.Dispose();
            return;
        }

        if (!judged.IsOurs)
        {
            Judge(run, AttemptVerdict.Revoked);
            Release(run);
            CountStale(task);
            stream.Dispose();
            return;
        }

        run.TakeCaller(isStreaming: true);
        var outcome = Outcomes.Streaming(stream, task.Attempt);
        outcome.TaskId = task.Id;
        if (task.Caller == engine.Shared!.Node)
            engine.Callers.Complete(task.Id, outcome);
        else
            engine.Relay!.Send(task.Caller!, token, outcome);
    }

    private void OnLeaseRevoked(QueuedTask task)
    {
        if (task.Attachment is not TaskRun run || !_held.Contains(run))
            return;
        if (run.Target is { } target)
        {
            target.Actor.Tell(new CancelRun(task, task.LeaseToken));
            Judge(run, AttemptVerdict.Revoked);
        }

        Release(run);
    }

    // The node stops: what it still runs is given back whole by its keeper.
    private void DropHeld()
    {
        foreach (var run in _held.ToArray())
            OnLeaseRevoked(run.Task);
    }

    /// <summary>The task is no longer this node's, or is about to be given away.</summary>
    private void Release(TaskRun run)
    {
        _wheel.Remove(run);
        run.Target = null;
        _held.Remove(run);
        engine.Live.Remove(run.Task);
        run.Task.Attachment = null;
        run.Task.Body = null;
    }

    private void CountStale(QueuedTask task)
    {
        engine.Metrics.CountStaleResult(route.Key);
        ClusterQueueLog.StaleResult(
            engine.Logger, TaskMark.Of(task), route.Key, task.Attempt, task.LeaseToken);
    }

    private long NotAtOnce(long due) => Math.Max(due, engine.Clock.NowMilliseconds + PromoteRestMilliseconds);
}
