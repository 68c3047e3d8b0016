using ActorBalancer.Actors;

namespace ActorBalancer.Engine.Proxying;

/// <summary>Asks one backend's health again and again, and tells its pool. Lives as long as the pool's actor wants to
/// know.</summary>
internal sealed class BackendActor(ProxyContext proxy, PoolMember member, ActorRef<PoolMessage> pool)
    : Actor<BackendMessage>
{
    /// <summary>Share of the interval that is left to chance. Source: the promise of the setting.</summary>
    private const double Jitter = 0.1;

    private static readonly CheckNow Tick = new();

    private readonly CancellationTokenSource _stopped = new();
    private readonly HealthProbe _probe = new(proxy.Time, proxy.Seams.Health);
    private long _begun;
    private bool _checking;

    /// <summary>Until the next check. Counted from begin to begin, so that a slow backend is asked as often as a fast
    /// one; but never without a pause.</summary>
    /// <param name="interval">What is configured.</param>
    /// <param name="chance">What is left out of it this time; up to a tenth of it.</param>
    /// <param name="passed">Since the last check began.</param>
    internal static TimeSpan Wait(TimeSpan interval, TimeSpan chance, TimeSpan passed)
    {
        var wait = interval - chance - passed;
        var pause = interval * Jitter;
        return wait > pause ? wait : pause;
    }

    protected override ValueTask PreStartAsync()
    {
        Check();
        return ValueTask.CompletedTask;
    }

    protected override ValueTask OnReceiveAsync(BackendMessage message)
    {
        switch (message)
        {
            case CheckNow:
                Check();
                break;
            case CheckEnded ended when ReferenceEquals(ended.By, this):
                OnEnded(ended.Result);
                break;
            case Rescheduled when !_checking:
                Schedule();
                break;
        }

        return ValueTask.CompletedTask;
    }

    protected override ValueTask PostStopAsync()
    {
        // Not awaited: the check that runs may hang in a stranger's callback.
        _ = _stopped.CancelAsync();
        _probe.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Check()
    {
        if (_checking)
            return;
        _checking = true;
        _begun = proxy.Time.GetTimestamp();
        Context.Timers.Cancel(Tick);
        Context.PipeToSelf(
            _probe.CheckAsync(member.Backend.Options, _stopped.Token),
            result => new CheckEnded(this, result),
            exception => new CheckEnded(this, CheckResult.Failed(exception.Message)));
    }

    private void OnEnded(CheckResult result)
    {
        _checking = false;
        var health = member.Backend.Options.Health;
        member.Tally.Take(result.IsGood, health.Fall, health.Rise);
        Schedule();
        pool.Tell(new BackendChecked(
            member, member.Tally.Health, member.Tally.Streak, result.Error, proxy.Time.GetUtcNow()));
    }

    private void Schedule()
    {
        var interval = member.Backend.Options.Health.Interval;
        var chance = proxy.Chance.Full(interval * Jitter, interval * Jitter, 1);
        Context.Timers.StartSingle(Tick, Tick, Wait(interval, chance, proxy.Time.GetElapsedTime(_begun)));
    }
}
