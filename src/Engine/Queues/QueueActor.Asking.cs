using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Telemetry;
using ActorBalancer.Engine.Workers;

namespace ActorBalancer.Engine.Queues;

// What others ask about one task, or tell of it.
internal sealed partial class QueueActor
{
    /// <summary>Watches of living tasks that somebody followed at some time.</summary>
    private readonly HashSet<TaskWatch> _followed = [];

    private void OnCancel(CancelTask cancel)
    {
        var task = cancel.Task;

        // Found before its queue has taken it, which may still refuse it.
        if (task.Sequence == 0)
        {
            cancel.ReplyTo?.Tell(TaskView.Unknown);
            return;
        }

        if (cancel.Only is { } only && task.State != only)
        {
            cancel.ReplyTo?.Tell(new TaskView(TaskAnswerKind.TooLate, null, null));
            return;
        }

        if (TaskTransitions.IsFinal(task.State))
        {
            cancel.ReplyTo?.Tell(task.Attachment is TaskRun ending
                ? new TaskView(
                    task.State == TaskState.Cancelled ? TaskAnswerKind.Done : TaskAnswerKind.TooLate,
                    null,
                    ending.GetWatch().Ended)
                : TaskView.Unknown);
            return;
        }

        var run = RunOf(task);
        var ended = cancel.ReplyTo is null ? null : run.GetWatch().Ended;
        if (run.Target is { } target)
        {
            target.Actor.Tell(new CancelRun(task, task.LeaseToken));
            Judge(run, AttemptVerdict.Cancelled);
            Remember(run, "The task was cancelled.");
        }

        Finish(run, TaskState.Cancelled, Outcomes.Cancelled());
        cancel.ReplyTo?.Tell(new TaskView(TaskAnswerKind.Done, null, ended));
    }

    private static void OnView(ViewTask view)
    {
        var task = view.Task;
        if (!TaskTransitions.IsFinal(task.State))
        {
            view.ReplyTo.Tell(new TaskView(
                TaskAnswerKind.Done, TaskSnapshots.Of(task), view.WithEnd ? RunOf(task).GetWatch().Ended : null));
            return;
        }

        // It has ended, and the disk does not know yet: who asks waits for that, or finds it in the archive.
        view.ReplyTo.Tell(task.Attachment is TaskRun ending
            ? new TaskView(TaskAnswerKind.Done, null, ending.GetWatch().Ended)
            : TaskView.Unknown);
    }

    private void OnFollow(FollowTask follow)
    {
        var task = follow.Task;
        if (TaskTransitions.IsFinal(task.State) && task.Attachment is null)
        {
            follow.ReplyTo.Tell(new TaskFollower(TaskAnswerKind.Unknown, null, null));
            return;
        }

        // While its end is on the way to disk the task is shown as running: the end follows when it is there.
        var watch = RunOf(task).GetWatch();
        var channel = watch.Follow(TaskTimeline.Of(TaskSnapshots.Of(task), watch.Told, follow.After));
        _followed.Add(watch);
        if (_quiet)
            LetFollowersGo();
        follow.ReplyTo.Tell(new TaskFollower(TaskAnswerKind.Done, channel.Reader, () => watch.Leave(channel)));
    }

    private void OnReport(ReportTask report)
    {
        var task = report.Task;
        if (task.Attachment is not TaskRun { Target: not null } run || task.LeaseToken != report.Token)
        {
            report.ReplyTo.Tell(new TaskView(TaskAnswerKind.Stale, null, null));
            return;
        }

        var watch = run.GetWatch();
        var now = NotBeforeStart(run);
        var last = watch.Told.Count > 0 ? watch.Told[^1].Id : -1;
        watch.Tell(new TaskEvent(TaskTimeline.NextTold(now, last), report.Kind, now, report.Data));
        report.ReplyTo.Tell(new TaskView(TaskAnswerKind.Done, null, null));
    }

    // The queue stops: no event follows, and who reads comes again after the restart.
    private void LetFollowersGo()
    {
        foreach (var watch in _followed)
            watch.LetGo();
        _followed.Clear();
    }
}
