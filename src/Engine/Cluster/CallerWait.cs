using System.Threading.Tasks.Sources;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Cluster;

/// <summary>A caller who waits at this node for a task that any node may run. Whoever takes it out of the
/// <see cref="CallerTable"/> answers it, once. Its times are the <see cref="CallerClock"/>'s. It does not hold the
/// task itself, whose body may be large: the clock lets an answered wait go a little later.</summary>
/// <param name="task">The task as it was made.</param>
/// <param name="deadlineMilliseconds">When the caller's time is over, in Unix milliseconds.</param>
internal sealed class CallerWait(QueuedTask task, long deadlineMilliseconds) : IValueTaskSource<TaskOutcome>
{
    private ManualResetValueTaskSourceCore<TaskOutcome> _outcome = new() { RunContinuationsAsynchronously = true };
    private volatile bool _isAnswered;
    private volatile bool _isLooking;
    private volatile bool _hasEnded;

    /// <summary>The task's id.</summary>
    public TaskId Id { get; } = task.Id;

    /// <summary>The task's queue.</summary>
    public QueueKey Queue { get; } = task.Queue;

    /// <summary>The task's function.</summary>
    public string Function { get; } = task.Function;

    /// <summary>The task's <c>traceparent</c>; null when its trace is its own.</summary>
    public string? TraceParent { get; } = task.TraceParent;

    /// <summary>What the task's sender asked for.</summary>
    public TaskOptions Options { get; } = task.Options;

    /// <summary>When the caller's time is over, in Unix milliseconds.</summary>
    public long DeadlineMilliseconds => deadlineMilliseconds;

    /// <summary>When the task has outlived its time to live, if it has not started, in Unix milliseconds;
    /// <see cref="long.MaxValue"/> for never, and once that was looked at.</summary>
    public long OutlivedAtMilliseconds { get; set; } = task.Options.TimeToLiveMilliseconds is { } life
        ? task.CreatedAtMilliseconds + life
        : long.MaxValue;

    /// <summary>How long the caller waits for a worker to appear, in Unix milliseconds; <see cref="long.MaxValue"/>
    /// while there is one.</summary>
    public long GraceUntilMilliseconds { get; set; } = long.MaxValue;

    /// <summary>When to look for a reply of which the news was lost, in Unix milliseconds; 0 before the clock has taken
    /// the wait.</summary>
    public long LookAtMilliseconds { get; set; }

    /// <summary>True while a look is under way.</summary>
    public bool IsLooking
    {
        get => _isLooking;
        set => _isLooking = value;
    }

    /// <summary>True once the store said that the task has ended, and not how: this node's own engine may be about to
    /// say it.</summary>
    public bool HasEnded
    {
        get => _hasEnded;
        set => _hasEnded = value;
    }

    /// <summary>True once the caller has its outcome.</summary>
    public bool IsAnswered => _isAnswered;

    /// <summary>What the caller awaits; once.</summary>
    public ValueTask<TaskOutcome> Outcome => new(this, _outcome.Version);

    /// <summary>Answers the caller. Only for whoever took the wait out of the table.</summary>
    public void Answer(TaskOutcome outcome)
    {
        _isAnswered = true;
        outcome.TaskId = Id;
        outcome.TraceParent = TraceParent;
        _outcome.SetResult(outcome);
    }

    TaskOutcome IValueTaskSource<TaskOutcome>.GetResult(short token)
    {
        var outcome = _outcome.GetResult(token);
        _outcome.Reset(); // the outcome is the caller's alone
        return outcome;
    }

    ValueTaskSourceStatus IValueTaskSource<TaskOutcome>.GetStatus(short token) => _outcome.GetStatus(token);

    void IValueTaskSource<TaskOutcome>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _outcome.OnCompleted(continuation, state, token, flags);
}
