namespace ActorBalancer.Engine.Tasks;

/// <summary>The words by which clients, receivers of webhooks and workers know states, modes and events: the names of
/// the code in small letters. Each takes defined values only and throws <see cref="IndexOutOfRangeException"/> for any
/// other.</summary>
public static class StateNames
{
    private static readonly string[] States = Words<TaskState>();
    private static readonly string[] Modes = Words<TaskMode>();
    private static readonly string[] Deliveries = Words<WebhookDeliveryState>();
    private static readonly string[] Events = Words<TaskEventKind>();

    /// <summary>Such as <c>scheduled</c>.</summary>
    public static string Of(TaskState state) => States[(int)state];

    /// <summary>Such as <c>async</c>.</summary>
    public static string Of(TaskMode mode) => Modes[(int)mode];

    /// <summary>Such as <c>pending</c>.</summary>
    public static string Of(WebhookDeliveryState state) => Deliveries[(int)state];

    /// <summary>Such as <c>chunk</c>.</summary>
    public static string Of(TaskEventKind kind) => Events[(int)kind];

    /// <summary>Reads the word of a state; false for anything else.</summary>
    public static bool TryParse(string word, out TaskState state)
    {
        var index = Array.IndexOf(States, word);
        state = (TaskState)index;
        return index >= 0;
    }

    /// <summary>Reads the word of a delivery's state; false for anything else.</summary>
    public static bool TryParse(string word, out WebhookDeliveryState state)
    {
        var index = Array.IndexOf(Deliveries, word);
        state = (WebhookDeliveryState)index;
        return index >= 0;
    }

    // The values of each are 0, 1, 2 and so on, in the order of the names.
    private static string[] Words<T>()
        where T : struct, Enum => [.. Enum.GetNames<T>().Select(static name => name.ToLowerInvariant())];
}
