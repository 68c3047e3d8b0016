using ActorBalancer.Engine.Alerts;

namespace ActorBalancer.Engine.Proxying;

/// <content>What real traffic says, and how a backend comes back.</content>
internal sealed partial class PoolActor
{
    /// <summary>Steps of a slow start. Source: ours; finer ones would only make more tables.</summary>
    private const int RampSteps = 10;

    /// <summary>Shortest step, which keeps a slow start of nothing from spinning.</summary>
    private static readonly TimeSpan RampStepMin = TimeSpan.FromMilliseconds(10);

    private static readonly RampStep RampTick = new();

    private void OnSuspected(Suspected suspected)
    {
        var backend = suspected.Backend;
        if (_members.Find(one => one.Backend == backend) is not { } member)
            return;
        var now = proxy.Time.GetTimestamp();
        var seen = Describe(suspected, now);
        var objection = ObjectionTo(member, suspected.What, now);
        if (objection is not null)
        {
            ProxyLog.NotEjected(Logger, pool.Name, backend.Id, backend.UrlText, $"{objection}; {seen}");
            if (!member.IsEjected)
                backend.Outliers.Refuse(now);
            return;
        }

        Eject(member, seen);
    }

    private string Describe(Suspected suspected, long now)
    {
        var watch = suspected.Backend.Outliers;
        if (suspected.What == Suspicion.FailuresInARow)
        {
            return suspected.Last == AttemptKind.BrokeOff
                ? $"{watch.Broken} answers in a row broke off"
                : $"{watch.Failures} failures in a row, the last: {WordFor(suspected.Last)}";
        }

        var (answers, errors) = watch.Read(now);
        return $"{errors} of {answers} answers in {Options.Outliers.Window.TotalSeconds:0.#} s were 5xx";
    }

    private static string WordFor(AttemptKind kind) => kind switch
    {
        AttemptKind.ConnectFailed => "no connection",
        AttemptKind.NoAnswer => "no answer",
        AttemptKind.TimedOut => "timed out",
        _ => "broken answer",
    };

    /// <summary>Why a backend is not ejected; null: it is.</summary>
    private string? ObjectionTo(PoolMember member, Suspicion what, long now)
    {
        if (member.IsEjected)
            return "it is out already";
        if (member.Health != BackendHealth.Up || member.State == BackendState.Down || member.IsDrained)
            return "it gets no traffic anyway";
        if (what == Suspicion.ErrorRate && !StandsOut(member, now))
            return "the others answer so too";
        if (!member.IsWanted)
            return null;
        var wanted = _members.Where(static one => one.IsWanted).ToList();
        var out_ = wanted.Count(static one => one.IsEjected || one.Health == BackendHealth.Down);
        return out_ + 1 > Math.Floor(Options.Outliers.EjectedMax * wanted.Count)
            ? $"{out_} of {wanted.Count} backends are out already"
            : null;
    }

    /// <summary>Whether its share of 5xx is at least twice that of the others.</summary>
    private bool StandsOut(PoolMember member, long now)
    {
        var (answers, errors) = member.Backend.Outliers.Read(now);
        long otherAnswers = 0;
        long otherErrors = 0;
        foreach (var other in _members)
        {
            if (other == member)
                continue;
            var (theirs, wrong) = other.Backend.Outliers.Read(now);
            otherAnswers += theirs;
            otherErrors += wrong;
        }

        return otherErrors == 0 || (double)errors * otherAnswers >= 2.0 * otherErrors * answers;
    }

    private void Eject(PoolMember member, string reason)
    {
        var options = Options.Outliers;
        var now = proxy.Time.GetUtcNow();

        // In a row: it came back and did not last as long as it had been out.
        var isRow = member.Ejections > 0 && now - member.EjectionEnded < member.EjectionTime;
        member.Ejections = isRow ? member.Ejections + 1 : 1;
        var time = options.EjectionTime * member.Ejections;
        member.EjectionTime = time < options.EjectionTimeMax ? time : options.EjectionTimeMax;
        member.EjectedUntil = now + member.EjectionTime;
        member.Backend.Meter.CountEjection();
        EndRamp(member);
        Context.Timers.StartSingle(KeyOf(member), new EjectionOver(member), member.EjectionTime);
        ProxyLog.Ejected(
            Logger, pool.Name, member.Backend.Id, member.Backend.UrlText, member.EjectionTime.TotalSeconds, reason);
        Publish();
        Announce();
        Alert(AlertKind.BackendEjected, member, reason);
        member.Actor.Tell(new CheckNow());
    }

    private void OnEjectionOver(PoolMember member)
    {
        if (!member.IsEjected || !_members.Contains(member))
            return;
        EndEjection(member);
        BeginRamp(member);

        // One that checks call down by now is not tried.
        if (member.IsServing)
            ProxyLog.EjectionOver(Logger, pool.Name, member.Backend.Id, member.Backend.UrlText);
        Publish();
        Announce();
    }

    private void EndEjection(PoolMember member)
    {
        if (!member.IsEjected)
            return;
        member.EjectedUntil = null;
        member.EjectionEnded = proxy.Time.GetUtcNow();
        member.Backend.Outliers.Reset();
        Context.Timers.Cancel(KeyOf(member));
    }

    private static (string, PoolMember) KeyOf(PoolMember member) => ("ejection", member);

    /// <summary>Starts slowly, unless there is nobody who could take the rest.</summary>
    private void BeginRamp(PoolMember member)
    {
        var isAlone = !_members.Exists(other => other != member && other.IsServing);
        if (isAlone || !member.IsServing || Options.SlowStart <= TimeSpan.Zero)
            return;
        member.RampSince = proxy.Time.GetTimestamp();
        member.Ramp = 1.0 / RampSteps;
        if (!Context.Timers.IsActive(RampTick))
            Context.Timers.StartPeriodic(RampTick, RampTick, RampStepTime());
    }

    private TimeSpan RampStepTime()
    {
        var step = Options.SlowStart / RampSteps;
        return step > RampStepMin ? step : RampStepMin;
    }

    private static void EndRamp(PoolMember member)
    {
        member.RampSince = null;
        member.Ramp = 1;
    }

    private void OnRampStep()
    {
        var slowStart = Options.SlowStart;
        foreach (var member in _members)
        {
            if (member.RampSince is not { } since)
                continue;

            // Half a step ahead, because a tick may come a little before the step's end.
            var passed = proxy.Time.GetElapsedTime(since);
            var steps = slowStart > TimeSpan.Zero ? (int)((passed / slowStart * RampSteps) + 0.5) : RampSteps;
            if (steps >= RampSteps)
                EndRamp(member);
            else
                member.Ramp = Math.Max(1, steps) / (double)RampSteps;
        }

        if (!_members.Exists(static member => member.RampSince is not null))
            Context.Timers.Cancel(RampTick);
        Publish();
    }
}
