namespace ActorBalancer.Actors;

/// <summary>How many user messages may wait for an actor, and what happens to those beyond.</summary>
public sealed record MailboxOptions
{
    private MailboxOptions()
    {
    }

    /// <summary>No bound but memory: for actors whose senders are bounded themselves.</summary>
    public static MailboxOptions Unbounded { get; } = new();

    /// <summary>Most user messages that wait, 1 or more; null means no bound.</summary>
    public int? Capacity { get; private init; }

    /// <summary>What happens beyond <see cref="Capacity"/>; without meaning when there is none.</summary>
    public OverflowRule Rule { get; private init; }

    /// <summary>At most <paramref name="capacity"/> waiting messages; that being handled does not count.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is less than 1 or the rule unknown.</exception>
    public static MailboxOptions Bounded(int capacity, OverflowRule rule)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        if (!Enum.IsDefined(rule)) throw new ArgumentOutOfRangeException(nameof(rule), rule, "No such overflow rule.");
        return new MailboxOptions { Capacity = capacity, Rule = rule };
    }
}
