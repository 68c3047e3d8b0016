namespace ActorBalancer.Engine.Tasks;

/// <summary>Names a queue: all tasks of one group and contract wait in one place, apart from all others.</summary>
/// <param name="Group">Name of the group, compared ordinally.</param>
/// <param name="Contract">Version of the interface.</param>
public readonly record struct QueueKey(string Group, int Contract)
{
    /// <summary>Reads <c>group/contract</c>, for logs and actor names.</summary>
    public override string ToString() => $"{Group}/{Contract}";
}
