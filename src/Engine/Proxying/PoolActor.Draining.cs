using ActorBalancer.Engine.Alerts;
using ActorBalancer.Engine.Proxying.Options;

namespace ActorBalancer.Engine.Proxying;

/// <content>What operators want, and how a backend leaves.</content>
internal sealed partial class PoolActor
{
    private static readonly TimeSpan DrainTickMax = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DrainTickMin = TimeSpan.FromMilliseconds(10);
    private static readonly DrainTick DrainTimer = new();

    private TimeSpan _drainTick;

    private OrderAnswer OnOrder(string id, BackendState state)
    {
        if (_members.Find(one => one.Backend.Id == id && !one.IsRemoved) is not { } member)
            return OrderAnswer.Unknown;
        if (member.State == state)
            return OrderAnswer.Done;
        ProxyLog.Ordered(Logger, pool.Name, id, member.Backend.UrlText, state);
        member.State = state;
        member.IsDrained = false;
        EndDrain(member);
        if (state == BackendState.Drain)
            BeginDrain(member);
        if (state != BackendState.Active)
            EndRamp(member);
        Publish();
        Announce();
        ReviewDrains();
        return OrderAnswer.Done;
    }

    private void BeginDrain(PoolMember member)
    {
        // Clients that are known by a cookie come back to it; those placed by hash or by nothing go elsewhere at once.
        var isSticky = Options.Sticky.Kind is StickyKind.Cookie or StickyKind.SignedCookie;
        member.DrainSince = proxy.Time.GetTimestamp();
        member.Backend.BeginDrain(isSticky ? Options.Drain.SessionIdle : null);
        WatchIdle(member);
    }

    private void EndDrain(PoolMember member)
    {
        member.Backend.EndDrain();
        member.Backend.Reopen();
        WatchIdle(member);
    }

    /// <summary>Ends the drains that are over.</summary>
    private void ReviewDrains()
    {
        var now = proxy.Time.GetTimestamp();
        foreach (var member in _members.Where(static one => one.IsDraining).ToList())
        {
            var clients = member.Backend.CountClients(now);
            if (clients <= Options.Drain.SessionsMax && member.Backend.TryClose(Options.Drain.SessionsMax - clients))
                FinishDrain(member, "no sessions are left");
            else if (proxy.Time.GetElapsedTime(member.DrainSince, now) >= Options.Drain.Timeout)
                FinishDrain(member, "its time is over");
        }

        foreach (var member in _members.Where(static one => one.IsRemoved && one.IsDrained).ToList())
            WatchIdle(member);
        ScheduleDrainTick();
        if (_isClosed && _members.Count == 0)
            Context.StopSelf();
    }

    private void ScheduleDrainTick()
    {
        var tick = DrainTickTime();
        if (!_members.Exists(static one => one.IsDraining))
        {
            Context.Timers.Cancel(DrainTimer);
        }
        else if (!Context.Timers.IsActive(DrainTimer) || tick != _drainTick)
        {
            // It may tick already, with the times of before a reload.
            _drainTick = tick;
            Context.Timers.StartPeriodic(DrainTimer, DrainTimer, tick);
        }
    }

    /// <summary>How often drains are looked at: often enough for short times, once a second for long ones.</summary>
    private TimeSpan DrainTickTime()
    {
        var shortest = Options.Drain.Timeout < Options.Drain.SessionIdle
            ? Options.Drain.Timeout
            : Options.Drain.SessionIdle;
        return TimeSpan.FromTicks(Math.Clamp((shortest / 4).Ticks, DrainTickMin.Ticks, DrainTickMax.Ticks));
    }

    private void FinishDrain(PoolMember member, string reason)
    {
        member.IsDrained = true;
        Publish();
        member.Backend.EndDrain();
        member.Backend.Close();
        ProxyLog.Drained(Logger, pool.Name, member.Backend.Id, member.Backend.UrlText, reason);
        if (pool.Events.HasListeners)
            pool.Events.Publish(new DrainedEvent(member.Backend.Id));
        Announce();
        Alert(AlertKind.BackendDrained, member, reason);
        if (member.IsRemoved)
            Context.Stop(member.Actor);
        WatchIdle(member);
    }

    private void OnEmptied(Backend backend)
    {
        if (_members.Find(one => one.Backend == backend) is not { } member)
            return;
        WatchIdle(member);
        ReviewDrains();
    }

    /// <summary>
    /// Does what waits for an idle backend if it is idle, and asks to be told otherwise. The order of asking and
    /// looking matters: whoever leaves in between tells.
    /// </summary>
    private void WatchIdle(PoolMember member)
    {
        var backend = member.Backend;
        var isGoing = member.IsRemoved && member.IsDrained;
        var waits = isGoing || member.Retired.Count > 0;
        backend.TellAt(member.IsDraining ? Options.Drain.SessionsMax : waits ? 0 : null);
        if (!waits || backend.ActiveCount > 0)
            return;
        DisposeRetired(member);
        if (isGoing)
            Drop(member);
        else
            backend.TellAt(member.IsDraining ? Options.Drain.SessionsMax : null);
    }
}
