using ActorBalancer.Actors;
using ActorBalancer.Engine.Queues;

namespace ActorBalancer.Engine.Workers;

// What operators want of the worker.
internal sealed partial class WorkerActor
{
    private bool _drainTold;
    private List<ActorRef<bool>> _lookers = []; // wait for the call that runs
    private List<ActorRef<bool>> _lateLookers = []; // came after it began
    private bool _lookAgain;

    private void OnReviewDrain()
    {
        var isDraining = engine.Drains.Urls.Contains(target.Id);
        if (isDraining == target.IsDraining || target.IsRetired)
            return;
        target.IsDraining = isDraining;
        _drainTold = false;
        _countsChanged = true;
        if (isDraining)
            WorkerLog.Draining(engine.Logger, target.Id, target.ActiveCount);
        else
            WorkerLog.DrainLifted(engine.Logger, target.Id);
        Publish();
        if (!isDraining)
            return;

        // The queue may have leased to it a moment ago; it answers when it has nothing there.
        if (target.Route is { } route)
            route.Actor.Tell(new WorkerDrains(target));
        else
            TellDrained();
    }

    private void TellDrained()
    {
        if (_drainTold || !target.IsDraining)
            return;
        _drainTold = true;
        WorkerLog.Drained(engine.Logger, target.Id);
        Context.System.EventStream.Publish(new WorkerDrained(target.Id));
    }

    private void OnLook(ActorRef<bool>? replyTo)
    {
        if (target.IsRetired)
        {
            replyTo?.Tell(false);
            return;
        }

        if (replyTo is not null)
            (_polling ? _lateLookers : _lookers).Add(replyTo);
        _lookAgain |= _polling;
        PollNow();
    }

    private void AnswerLookers()
    {
        foreach (var looker in _lookers)
            looker.Tell(true);
        _lookers.Clear();
        if (!_lookAgain)
            return;
        _lookAgain = false;
        (_lookers, _lateLookers) = (_lateLookers, _lookers);
        PollNow();
    }
}
