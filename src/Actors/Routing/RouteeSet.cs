namespace ActorBalancer.Actors.Routing;

/// <summary>The members of a router as an immutable table, replaced by compare and exchange. Any thread.</summary>
internal sealed class RouteeSet<TMessage>
{
    private readonly RoutingStrategy _strategy;
    private RoutingTable<Routee<TMessage>> _table;

    internal RouteeSet(RoutingStrategy strategy)
    {
        _strategy = strategy;
        _table = strategy.CreateTable<Routee<TMessage>>([]);
    }

    internal RoutingTable<Routee<TMessage>> Table => Volatile.Read(ref _table);

    /// <returns>False when it was a member already.</returns>
    internal bool Add(ActorRef<TMessage> actor, int weight)
    {
        var routee = new Routee<TMessage>(actor, weight);
        return Replace(targets => IndexOf(targets, actor) >= 0 ? targets : [.. targets, routee]);
    }

    /// <returns>False when it was no member.</returns>
    internal bool Remove(ActorRef actor) => Replace(
        targets => IndexOf(targets, actor) < 0
            ? targets
            : Array.FindAll(targets, one => !ReferenceEquals(one.Actor, actor)));

    internal bool Contains(ActorRef actor) => IndexOf(Table.Targets, actor) >= 0;

    private static int IndexOf(Routee<TMessage>[] targets, ActorRef actor) =>
        Array.FindIndex(targets, one => ReferenceEquals(one.Actor, actor));

    private bool Replace(Func<Routee<TMessage>[], Routee<TMessage>[]> change)
    {
        while (true)
        {
            var before = Table;
            var targets = change(before.Targets);
            if (ReferenceEquals(targets, before.Targets)) return false;
            var after = _strategy.CreateTable(targets, before);
            if (Interlocked.CompareExchange(ref _table, after, before) == before) return true;
        }
    }
}
