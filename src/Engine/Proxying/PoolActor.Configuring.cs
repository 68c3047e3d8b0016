using ActorBalancer.Actors;
using ActorBalancer.Engine.Proxying.Options;
using ActorBalancer.Engine.Proxying.Upstream;
using ActorBalancer.Engine.Routing;

namespace ActorBalancer.Engine.Proxying;

/// <content>Members come, change and go.</content>
internal sealed partial class PoolActor
{
    /// <summary>Replaced connections of one backend that are kept until it is idle. Source: ours; of more than that the
    /// oldest are left to the collector, their idle sockets close by themselves after seconds.</summary>
    private const int RetiredMax = 16;

    private int _made;

    private void OnConfigure(ConfigurePool order)
    {
        try
        {
            Configure(order.Options ?? Options with { Backends = [] }, order.Checked);
            _isClosed = order.Options is null;
        }
        catch (Exception exception)
        {
            // The caller's, who has asked for what cannot be; the pool goes on as it was.
            order.Checked.TrySetException(exception);
        }

        ReviewDrains();
    }

    private void Configure(PoolOptions options, TaskCompletionSource done)
    {
        if (MakeStrategy(options) is null)
        {
            throw new ArgumentException(
                $"Pool '{options.Name}': there is no strategy '{options.Strategy}'; there are " +
                $"{string.Join(", ", RoutingStrategies.Names)}.",
                nameof(options));
        }

        var before = Options;
        pool.Options = options;
        var listed = new List<PoolMember>();
        foreach (var wanted in options.Backends)
        {
            var member = _members.Find(one => IsSame(one.Backend, wanted) && !listed.Contains(one));
            if (member is null)
                listed.Add(Add(options, wanted));
            else
                listed.Add(Keep(member, before, wanted));
        }

        var left = _members.Where(member => !listed.Contains(member)).ToList();
        foreach (var member in left.Where(static member => !member.IsRemoved))
            Remove(member);
        _members = [.. listed, .. left];
        Publish();
        Announce();
        _firstChecks.Add(new FirstChecks(
            done, listed.Where(static member => member.Health == BackendHealth.Unknown).ToHashSet()));

        // One that left before its first check is waited for no more.
        SettleFirstChecks(left);
    }

    private static bool IsSame(Backend backend, BackendOptions wanted) =>
        backend.Id == wanted.Id && backend.UrlText == Backend.TextOf(wanted.Url);

    private PoolMember Add(PoolOptions options, BackendOptions wanted)
    {
        var member = new PoolMember(new Backend(pool, options, wanted, Connect(options, wanted)));
        ProxyLog.Added(Logger, pool.Name, wanted.Id, member.Backend.UrlText);

        Watch(member);
        return member;
    }

    private PoolMember Keep(PoolMember member, PoolOptions before, BackendOptions wanted)
    {
        var old = member.Backend.Options;
        member.Backend.Configure(Options, wanted);
        if (member.IsRemoved)
            Revive(member);
        if (NeedsOtherConnections(before, old, Options, wanted))
            ReplaceConnections(member, wanted);
        if (old.Health.Interval != wanted.Health.Interval)
            member.Actor.Tell(new Rescheduled());
        WatchIdle(member);
        return member;
    }

    /// <summary>It comes back before it had gone.</summary>
    private void Revive(PoolMember member)
    {
        member.IsRemoved = false;
        if (member.IsDrained)
        {
            // It was no longer checked, so nobody knows how it is.
            member.Health = BackendHealth.Unknown;
            member.Tally = new HealthTally();
            Watch(member);
        }

        member.IsDrained = false;
        EndDrain(member);
        if (member.State == BackendState.Drain)
            BeginDrain(member);
    }

    /// <summary>Has a backend checked.</summary>
    private void Watch(PoolMember member)
    {
        // An identity may hold a slash, and one that drains or stops may still have the name.
        var id = Uri.EscapeDataString(member.Backend.Id);
        var name = id;
        while (Context.Children.Any(child => child.Name == name))
            name = $"{id}~{++_made}";
        var self = Context.Self;
        member.Actor = Context.Spawn(Props.Create(() => new BackendActor(proxy, member, self)), name);
    }

    private void Remove(PoolMember member)
    {
        ProxyLog.Removed(Logger, pool.Name, member.Backend.Id, member.Backend.UrlText);
        member.IsRemoved = true;
        EndRamp(member);
        if (member.IsDrained)
            Context.Stop(member.Actor);
        else if (member.State != BackendState.Drain)
            BeginDrain(member);
    }

    /// <summary>A removed backend is gone.</summary>
    private void Drop(PoolMember member)
    {
        _members.Remove(member);
        DisposeConnections(member);
        Publish();
        Announce();
    }

    private bool UpdateStrategy()
    {
        var name = StrategyOf(Options);
        if (_strategy is not null && _strategyName == name)
            return false;
        _strategyName = name;
        _strategy = MakeStrategy(Options)!;
        return true;
    }

    // By name and kind: a strategy keeps no state beside its tables, so the same one serves all reloads.
    private static string StrategyOf(PoolOptions options) =>
        IsHashed(options.Sticky.Kind) ? options.Sticky.Kind.ToString() : options.Strategy;

    private Actors.Routing.RoutingStrategy? MakeStrategy(PoolOptions options)
    {
        // Without a bound on loads: a client that is known by its key alone must not be moved by its own requests.
        if (IsHashed(options.Sticky.Kind))
            return new ConsistentHashStrategy(double.PositiveInfinity);
        return RoutingStrategies.TryCreate(options.Strategy, proxy.NextSeed(), out var strategy) ? strategy : null;
    }

    private static bool IsHashed(StickyKind kind) => kind is StickyKind.Header or StickyKind.ClientAddress;

    private static bool NeedsOtherConnections(
        PoolOptions oldPool, BackendOptions old, PoolOptions newPool, BackendOptions wanted) =>
        (old.Http2, old.VerifyTls, oldPool.Timeouts.Connect, oldPool.Limits.ConnectionsPerBackend)
        != (wanted.Http2, wanted.VerifyTls, newPool.Timeouts.Connect, newPool.Limits.ConnectionsPerBackend);

    private HttpMessageInvoker Connect(PoolOptions options, BackendOptions wanted) =>
        proxy.Seams.Transport?.Invoke(options, wanted) ?? UpstreamTransport.Create(options, wanted);

    private void ReplaceConnections(PoolMember member, BackendOptions wanted)
    {
        if (member.Retired.Count == RetiredMax)
            member.Retired.RemoveAt(0);
        member.Retired.Add(member.Backend.Replace(Connect(Options, wanted)));
        WatchIdle(member);
    }

    private static void DisposeConnections(PoolMember member)
    {
        DisposeRetired(member);
        member.Backend.Invoker.Dispose();
    }

    // Whoever entered before the replacement has left, whoever enters now takes the new ones.
    private static void DisposeRetired(PoolMember member)
    {
        foreach (var invoker in member.Retired)
            invoker.Dispose();
        member.Retired.Clear();
    }
}
