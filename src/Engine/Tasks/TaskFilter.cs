namespace ActorBalancer.Engine.Tasks;

/// <summary>Which tasks are meant; a member that is null lets all pass.</summary>
public sealed record TaskFilter
{
    /// <summary>State.</summary>
    public TaskState? State { get; init; }

    /// <summary>Group, compared ordinally.</summary>
    public string? Group { get; init; }

    /// <summary>Contract.</summary>
    public int? Contract { get; init; }

    /// <summary>Function, compared ordinally.</summary>
    public string? Function { get; init; }

    /// <summary>One of the task's tags, compared ordinally.</summary>
    public string? Tag { get; init; }

    /// <summary>State of the webhook delivery.</summary>
    public WebhookDeliveryState? Delivery { get; init; }

    /// <summary>True when such a task is meant.</summary>
    /// <param name="state">Its state.</param>
    /// <param name="queue">Its queue.</param>
    /// <param name="function">Its function.</param>
    /// <param name="tags">Its tags.</param>
    /// <param name="delivery">State of its webhook delivery; null when it has none, or none yet.</param>
    internal bool Passes(
        TaskState state, QueueKey queue, string function, IReadOnlyList<string> tags, WebhookDeliveryState? delivery) =>
        (State is null || State == state)
        && (Group is null || Group == queue.Group)
        && (Contract is null || Contract == queue.Contract)
        && (Function is null || Function == function)
        && (Tag is null || tags.Contains(Tag))
        && (Delivery is null || Delivery == delivery);
}

/// <summary>A page of a list, newest first.</summary>
/// <param name="Tasks">The tasks, without results.</param>
/// <param name="Next">Give it as <c>before</c> for the next page; null when this is the last.</param>
public sealed record TaskPage(IReadOnlyList<TaskSnapshot> Tasks, TaskId? Next);
