using System.Threading.Tasks.Sources;
using ActorBalancer.Engine.Telemetry;
using ActorBalancer.Engine.Workers;

namespace ActorBalancer.Engine.Tasks;

/// <summary>
/// What a queue keeps with a task while it is in memory: the caller who waits, the worker of the running attempt, and
/// its place in the <see cref="DeadlineWheel"/>. Belongs to the queue's actor; the caller only awaits it.
/// </summary>
internal sealed class TaskRun : IValueTaskSource<TaskOutcome>
{
    private ManualResetValueTaskSourceCore<TaskOutcome> _outcome = new() { RunContinuationsAsynchronously = true };

    public TaskRun(QueuedTask task, bool hasCaller, long deadlineMilliseconds)
    {
        Task = task;
        HasCaller = hasCaller;
        DeadlineMilliseconds = deadlineMilliseconds;
        task.Attachment = this;
    }

    public QueuedTask Task { get; }

    /// <summary>True while somebody waits for the outcome.</summary>
    public bool HasCaller { get; private set; }

    /// <summary>When the waiting caller's time is over, in Unix milliseconds; <see cref="long.MaxValue"/> for never.
    /// </summary>
    public long DeadlineMilliseconds { get; }

    /// <summary>When the running attempt's time is over, in Unix milliseconds; <see cref="long.MaxValue"/> for never.
    /// </summary>
    public long AttemptDeadlineMilliseconds { get; set; } = long.MaxValue;

    /// <summary>How long the caller waits for a worker to appear, in Unix milliseconds; <see cref="long.MaxValue"/>
    /// while there is one.</summary>
    public long GraceUntilMilliseconds { get; set; } = long.MaxValue;

    /// <summary>Start of the running attempt in Unix milliseconds; 0 before the first.</summary>
    public long StartedAtMilliseconds { get; set; }

    /// <summary>When the last attempt ended and the task went back to its queue, in Unix milliseconds; 0 before that.
    /// </summary>
    public long GivenBackAtMilliseconds { get; set; }

    /// <summary>True once the worker's answer flows to the caller: no attempt can follow.</summary>
    public bool IsStreaming { get; private set; }

    /// <summary>True from the task's end until its record is on disk.</summary>
    public bool IsEnding { get; set; }

    /// <summary>Who looks at the task, and what its worker told; null while nobody does and it told nothing.</summary>
    public TaskWatch? Watch { get; private set; }

    /// <summary>The worker of the running attempt; null while none runs.</summary>
    public WorkerTarget? Target { get; set; }

    /// <summary>The worker of the last failed attempt, to be avoided by the next.</summary>
    public WorkerTarget? LastFailed { get; set; }

    /// <summary>Answers "busy" in a row, which lengthen the wait before the next try.</summary>
    public int BusyAnswers { get; set; }

    /// <summary>Where the task is counted; null before the first time.</summary>
    public FunctionFigures? Figures { get; set; }

    /// <summary>Links of the wheel; only the wheel touches them.</summary>
    internal TaskRun? Previous, Next;

    /// <summary>The wheel's bucket; -1 while the run is in none.</summary>
    internal int Bucket = -1;

    /// <summary>The moment that the wheel waits for, in Unix milliseconds.</summary>
    internal long WheelDueMilliseconds;

    /// <summary>What the caller awaits; once.</summary>
    public ValueTask<TaskOutcome> Outcome => new(this, _outcome.Version);

    /// <summary>The task's watch; made when there is none.</summary>
    public TaskWatch GetWatch() => Watch ??= new TaskWatch();

    /// <summary>Gives the worker's answer to the caller while it comes.</summary>
    public void HandOver(TaskOutcome outcome)
    {
        IsStreaming = true;
        Complete(outcome);
    }

    /// <summary>Gives the outcome to the caller, or drops it when nobody waits or the caller has been answered: an
    /// attempt may still end after a stopping queue has answered for it.</summary>
    public void Complete(TaskOutcome outcome) => Complete(outcome, Task.Id);

    /// <summary>Tells the caller that the task was not taken: there is none of that id.</summary>
    public void Refuse(TaskOutcome outcome) => Complete(outcome, default);

    /// <summary>Takes the caller out: whoever takes it answers it by another way.</summary>
    /// <param name="isStreaming">True when the worker's answer flows to it from now on.</param>
    /// <returns>False when nobody waits.</returns>
    public bool TakeCaller(bool isStreaming)
    {
        if (!HasCaller)
            return false;
        HasCaller = false;
        IsStreaming |= isStreaming;
        return true;
    }

    private void Complete(TaskOutcome outcome, TaskId id)
    {
        if (!HasCaller)
        {
            outcome.Dispose();
            return;
        }

        HasCaller = false;
        outcome.TaskId = id;
        outcome.TraceParent = Task.TraceParent;
        _outcome.SetResult(outcome);
    }

    TaskOutcome IValueTaskSource<TaskOutcome>.GetResult(short token) => _outcome.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<TaskOutcome>.GetStatus(short token) => _outcome.GetStatus(token);

    void IValueTaskSource<TaskOutcome>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _outcome.OnCompleted(continuation, state, token, flags);
}
