using System.Collections.Concurrent;

namespace ActorBalancer.Actors.Cells;

/// <content>The children. Any thread may spawn top-level actors and read the tree, so the map is shared.</content>
internal sealed partial class ActorCell<TMessage>
{
    private ConcurrentDictionary<string, ActorRef>? _children;

    internal ActorRef<TChild> Spawn<TChild>(Props<TChild> props, string name)
    {
        ArgumentNullException.ThrowIfNull(props);
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.Contains('/'))
            throw new ArgumentException($"'{Path}': a child cannot be named '{name}'; '/' parts paths.", nameof(name));
        ThrowIfStopping(name);
        var children = Volatile.Read(ref _children) ?? MakeChildren();
        var child = new ActorCell<TChild>(System, this, props, name);
        if (!children.TryAdd(name, child))
        {
            throw new ArgumentException(
                $"'{Path}/{name}' exists already, or is still stopping; await its stop or choose another name.",
                nameof(name));
        }

        child.Start();
        // Only the guardian can begin to stop between the first look and here, because others spawn on their turn.
        // Either it saw the child in the map, or this sees its state: the child stops in any case.
        if (State is ActorState.Stopping or ActorState.Terminated) child.SendSystem(new StopOrder());
        return child;
    }

    internal ActorRef[] Children() => Volatile.Read(ref _children)?.Values.ToArray() ?? [];

    internal void StopChild(ActorRef actor)
    {
        var child = actor.Cell;
        if (!IsChild(child))
        {
            if (child.IsTerminated) return;
            throw new ArgumentException($"'{child.Path}' is no child of '{Path}', so it cannot be stopped by it.",
                nameof(actor));
        }

        if ((Extras.StoppingChildren ??= []).Add(child)) child.SendSystem(new StopOrder());
    }

    private bool IsChild(ActorRef actor) =>
        _children is { } children && children.TryGetValue(actor.Name, out var found) && ReferenceEquals(found, actor);

    private ValueTask OnChildStoppedAsync(ActorRef child)
    {
        if (_children?.TryRemove(new KeyValuePair<string, ActorRef>(child.Name, child)) != true) return default;
        if (_extras is { } extras)
        {
            extras.StoppingChildren?.Remove(child);
            extras.Histories?.Remove(child);
            extras.Escalated?.Remove(child);
        }

        return _state switch
        {
            ActorState.Stopping => EndIfChildlessAsync(),
            ActorState.Restarting => BackOffIfChildrenGoneAsync(),
            _ => default,
        };
    }

    private void ThrowIfStopping(string name)
    {
        if (State is not (ActorState.Stopping or ActorState.Terminated)) return;
        throw new InvalidOperationException($"'{Path}' is stopping, so '{name}' cannot be spawned under it.");
    }

    private ConcurrentDictionary<string, ActorRef> MakeChildren()
    {
        // One lock and few buckets: a parent is written from one thread, and most have few children.
        var made = new ConcurrentDictionary<string, ActorRef>(concurrencyLevel: 1, capacity: 3, StringComparer.Ordinal);
        return Interlocked.CompareExchange(ref _children, made, null) ?? made;
    }
}
