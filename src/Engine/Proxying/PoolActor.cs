using ActorBalancer.Actors;
using ActorBalancer.Actors.Routing;
using ActorBalancer.Engine.Alerts;
using ActorBalancer.Engine.Proxying.Options;
using Microsoft.Extensions.Logging;

namespace ActorBalancer.Engine.Proxying;

/// <summary>
/// Decides everything about one pool: who is in it, who may be chosen, who is out. Requests never ask it; they read
/// what it publishes (<see cref="PoolChoice"/>, and the gate, weight and limit of each <see cref="Backend"/>).
/// </summary>
/// <remarks>
/// P1: gates open before the choice that needs them is published and close after it, so that a change from one backend
/// to another never shows a pool without any.
/// P2: what ends for good (a drained backend's gate, its connections) ends only when nothing runs there and nobody can
/// enter any more.
/// </remarks>
internal sealed partial class PoolActor(ProxyContext proxy, ProxyPool pool) : Actor<PoolMessage>
{
    private readonly List<FirstChecks> _firstChecks = [];

    /// <summary>Those of the configuration in its order, then those that left it and drain.</summary>
    private List<PoolMember> _members = [];
    private RoutingStrategy? _strategy;
    private string? _strategyName;
    private bool _panics;
    private bool _isClosed;

    private ILogger Logger => proxy.Logger;

    private PoolOptions Options => pool.Options;

    protected override SupervisorStrategy SupervisorStrategy { get; } = EngineSupervision.RestartWithBackoff;

    protected override ValueTask OnReceiveAsync(PoolMessage message)
    {
        switch (message)
        {
            case ConfigurePool order:
                OnConfigure(order);
                break;
            case BackendChecked ended:
                OnChecked(ended);
                break;
            case Suspected suspected:
                OnSuspected(suspected);
                break;
            case EjectionOver over:
                OnEjectionOver(over.Member);
                break;
            case RampStep:
                OnRampStep();
                break;
            case OrderBackend order:
                order.Answer.TrySetResult(OnOrder(order.BackendId, order.State));
                break;
            case DrainTick:
                ReviewDrains();
                break;
            case BackendEmptied emptied:
                OnEmptied(emptied.Backend);
                break;
        }

        return ValueTask.CompletedTask;
    }

    protected override ValueTask PostStopAsync()
    {
        foreach (var member in _members)
        {
            member.Backend.SetGate(BackendGate.Closed);
            member.Backend.Close();
            DisposeConnections(member);
        }

        _members = [];
        foreach (var checks in _firstChecks)
            checks.Done.TrySetResult();
        Publish();
        return ValueTask.CompletedTask;
    }

    private void OnChecked(BackendChecked ended)
    {
        var member = ended.Member;
        if (!_members.Contains(member))
            return;
        var before = member.Health;
        member.Health = ended.Health;
        member.Streak = ended.Streak;
        member.LastError = ended.Error;
        member.LastChecked = ended.At;
        member.Backend.Standing = member.Standing;
        if (before != ended.Health)
            OnHealthChanged(member, before);
        ProxyLog.Checked(Logger, pool.Name, member.Backend.Id, member.Backend.UrlText, ended.Error ?? "well");
    }

    private void OnHealthChanged(PoolMember member, BackendHealth before)
    {
        if (member.Health == BackendHealth.Down)
            OnDown(member, before);
        else
            OnUp(member, before);
        Publish();
        Announce();

        // After the choice is there, so that who waits for the first check finds the backend.
        SettleFirstChecks([member]);
    }

    private void SettleFirstChecks(List<PoolMember> settled)
    {
        foreach (var checks in _firstChecks)
            checks.Settle(settled);
        _firstChecks.RemoveAll(static checks => checks.Done.Task.IsCompleted);
    }

    private void OnDown(PoolMember member, BackendHealth before)
    {
        EndRamp(member);
        var reason = before == BackendHealth.Unknown
            ? $"the first check: {member.LastError}"
            : $"{-member.Streak} failed checks, the last: {member.LastError}";
        ProxyLog.Down(Logger, pool.Name, member.Backend.Id, member.Backend.UrlText, reason);
        Alert(AlertKind.BackendDown, member, reason);
    }

    private void OnUp(PoolMember member, BackendHealth before)
    {
        var reason = member.Streak == 1 ? "1 good check" : $"{member.Streak} good checks";
        ProxyLog.Up(Logger, pool.Name, member.Backend.Id, member.Backend.UrlText, reason);
        if (before == BackendHealth.Unknown)
            return;

        // It is another process now, or has at least mended: what traffic saw before says nothing of it.
        EndEjection(member);
        member.Backend.Outliers.Reset();
        member.Ejections = 0;
        BeginRamp(member);
        Alert(AlertKind.BackendUp, member, reason);
    }

    /// <summary>Makes what was decided visible to requests, and serves those who wait for it.</summary>
    private void Publish()
    {
        var total = _members.Count(static member => member.IsWanted);
        var left = _members.Count(static member => member.IsServing);
        var panics = left < Options.Outliers.PanicThreshold * total;
        var scale = _members.Exists(static member => member.RampSince is not null) ? 10 : 1;

        // P1: first what opens.
        var gates = _members.ConvertAll(member => GateOf(member, panics));
        var changed = false;
        for (var index = 0; index < _members.Count; index++)
        {
            var backend = _members[index].Backend;
            var weight = WeightOf(_members[index], scale);
            changed |= weight != backend.Weight;
            backend.SetWeight(weight);
            backend.Standing = _members[index].Standing;
            if (gates[index] > backend.Gate)
                backend.SetGate(gates[index]);
        }

        PublishChoice(gates, changed);
        for (var index = 0; index < _members.Count; index++)
        {
            if (gates[index] < _members[index].Backend.Gate)
                _members[index].Backend.SetGate(gates[index]);
        }

        pool.ServeWaiting();
        TellPanic(panics && _members.Exists(static member => member.IsWanted && member.IsEjected), left, total);
    }

    private static BackendGate GateOf(PoolMember member, bool panics)
    {
        if (member.IsDrained || member.State == BackendState.Down || member.Health != BackendHealth.Up)
            return BackendGate.Closed;
        if (member.IsEjected && !panics)
            return BackendGate.Closed;
        return member.IsDraining ? BackendGate.Sessions : BackendGate.Open;
    }

    private static int WeightOf(PoolMember member, int scale) =>
        scale == 1 ? member.Backend.Options.Weight
            : Math.Max(1, (int)Math.Round(member.Backend.Options.Weight * scale * member.Ramp));

    private void PublishChoice(List<BackendGate> gates, bool changed)
    {
        changed |= UpdateStrategy();
        var before = pool.Choice;
        Backend[] open = [.. Members(index => gates[index] == BackendGate.Open)];
        var table = !changed && open.AsSpan().SequenceEqual(before.Table.Targets)
            ? before.Table
            : _strategy!.CreateTable(open, before.Table);

        // A cookie means the backend of the configuration, also while one of the same identity still drains.
        Backend[] named = [.. Members(static _ => true).DistinctBy(static one => one.Id)];
        Backend[] all = [.. Members(static _ => true)];
        pool.Publish(new PoolChoice(
            _strategy!, table,
            named.AsSpan().SequenceEqual([.. before.Named]) ? before.Named : named,
            all));
    }

    private IEnumerable<Backend> Members(Func<int, bool> where) =>
        Enumerable.Range(0, _members.Count).Where(where).Select(index => _members[index].Backend);

    private void Announce()
    {
        if (pool.Events.HasListeners)
            pool.Events.Publish(new UpdateEvent(pool.Status()));
    }

    private void Alert(AlertKind kind, PoolMember member, string reason)
    {
        var backend = member.Backend;
        Context.System.EventStream.Publish(new Alert(
            kind, pool.Name, backend.Id, backend.UrlText, backend.Options.Owner, reason, proxy.Time.GetUtcNow()));
    }

    private void TellPanic(bool panics, int left, int total)
    {
        if (panics == _panics)
            return;
        _panics = panics;
        if (panics)
            ProxyLog.Panic(Logger, pool.Name, left, total);
        else
            ProxyLog.PanicOver(Logger, pool.Name);
    }

    /// <summary>What waits for the first checks of new backends.</summary>
    private sealed class FirstChecks(TaskCompletionSource done, HashSet<PoolMember> missing)
    {
        public TaskCompletionSource Done => done;

        public void Settle(List<PoolMember> members)
        {
            missing.ExceptWith(members);
            if (missing.Count == 0)
                done.TrySetResult();
        }
    }
}
