using ActorBalancer.Actors.Cells;

namespace ActorBalancer.Actors;

/// <summary>
/// The address of an actor, whatever messages it takes. Safe to share, to keep and to use from any thread, also after
/// the actor has stopped. Two references are the same actor exactly if they are the same object.
/// </summary>
public abstract class ActorRef
{
    private protected ActorRef()
    {
    }

    /// <summary>The name given at spawn; unique among living siblings.</summary>
    public abstract string Name { get; }

    /// <summary>Where the actor stands in the tree, such as <c>/user/engine/workers</c>.</summary>
    public abstract string Path { get; }

    /// <summary>The system in which the actor lives.</summary>
    internal abstract ActorSystem System { get; }

    /// <summary>True once the actor has stopped for good; it may become true at any moment.</summary>
    internal abstract bool IsTerminated { get; }

    /// <summary>User messages waiting now; a moment's figure.</summary>
    internal virtual int MailboxLength => 0;

    /// <summary>True when a bounded mailbox would take no message now.</summary>
    internal virtual bool IsFull => false;

    /// <summary>The node of the tree that this reference stands for; a router's is not the reference itself.</summary>
    internal virtual ActorRef Cell => this;

    /// <summary>Posts a message of the runtime itself, which is handled before user messages.</summary>
    internal abstract void SendSystem(SystemMessage message);

    /// <summary>Describes the actor and all below it. Only cells stand in the tree.</summary>
    internal virtual ActorTreeNode Inspect() => throw new NotSupportedException($"'{Path}' is no node of the tree.");

    /// <inheritdoc/>
    public sealed override string ToString() => Path;
}
