using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Telemetry;
using ActorBalancer.Engine.Workers;

namespace ActorBalancer.Engine.Queues;

// What operators see of the queue's tasks.
internal sealed partial class QueueActor
{
    // Found once for each run: most tasks of a queue are of few functions.
    private FunctionFigures FiguresOf(TaskRun run) =>
        run.Figures ??= engine.Figures.Of(route.Key.Group, run.Task.Function);

    /// <summary>Counts an attempt, once: when it is known what became of it.</summary>
    private void Judge(TaskRun run, AttemptVerdict verdict)
    {
        // A first attempt that no worker took is made again, as the first.
        var task = run.Task;
        var isFirst = task.Attempt == 1 && !task.WasArchived
            && verdict is not (AttemptVerdict.Busy or AttemptVerdict.Revoked);
        var now = engine.Clock.NowMilliseconds;
        FiguresOf(run).CountAttempt(
            verdict,
            isFirst ? TaskFigures.TotalOf(task, run.StartedAtMilliseconds) : null,
            now - run.StartedAtMilliseconds);
    }

    private static AttemptVerdict VerdictOf(AttemptKind kind) => kind switch
    {
        AttemptKind.Succeeded => AttemptVerdict.Succeeded,
        AttemptKind.Refused => AttemptVerdict.Refused,
        AttemptKind.Busy => AttemptVerdict.Busy,
        AttemptKind.Unreachable => AttemptVerdict.Unreachable,
        AttemptKind.Cancelled => AttemptVerdict.Cancelled,
        AttemptKind.Abandoned => AttemptVerdict.Abandoned,
        AttemptKind.Lost => AttemptVerdict.Lost,
        _ => AttemptVerdict.Failed,
    };
}
