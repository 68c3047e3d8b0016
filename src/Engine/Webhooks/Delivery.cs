using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Telemetry;

namespace ActorBalancer.Engine.Webhooks;

/// <summary>A delivery that waits or is under way: what is kept in memory of it. Belongs to one
/// <see cref="DeliveryQueue"/>, which alone changes it, save <see cref="TraceParent"/>,
/// <see cref="Tries"/> and <see cref="Next"/>.</summary>
internal sealed class Delivery(TaskId id, int tries)
{
    /// <summary>The task.</summary>
    public TaskId Id { get; } = id;

    /// <summary>The task's <c>traceparent</c>; null while the task was not read, and when its trace is its own.
    /// </summary>
    public string? TraceParent { get; set; }

    /// <summary>The task as the log names it, once it was read.</summary>
    public TaskMark Mark => new(Id, TraceParent);

    /// <summary>Calls made so far.</summary>
    public int Tries { get; set; } = tries;

    /// <summary>Unix milliseconds before which it is not called.</summary>
    public long DueAtMilliseconds { get; set; }

    /// <summary>The host whose share it holds or waits for; null while that is not known.</summary>
    public string? Host { get; set; }

    /// <summary>True while it counts among the calls of its host.</summary>
    public bool HasShare { get; set; }

    /// <summary>An order that came while it was under way; null for none.</summary>
    public Deliver? Next { get; set; }

    /// <summary>True from the moment it was taken out to be called until it is put back.</summary>
    public bool IsTaken { get; set; }
}
