namespace ActorBalancer.Engine.Tasks;

/// <summary>How the delivery of a result stands.</summary>
public enum WebhookDeliveryState : byte
{
    /// <summary>Not yet taken by the receiver.</summary>
    Pending,

    /// <summary>The receiver answered 2xx.</summary>
    Delivered,

    /// <summary>The receiver wants no more (410), or every try failed. Can be sent again by hand.</summary>
    Dead,
}

/// <summary>The delivery of one result.</summary>
/// <param name="State">How it stands.</param>
/// <param name="Tries">Calls made so far.</param>
/// <param name="DueAtMilliseconds">Unix milliseconds of the next try; 0 when none follows.</param>
/// <param name="LastStatus">HTTP status of the last try; 0 when there was none.</param>
/// <param name="LastError">Why the last try failed; null when it did not, and before the first.</param>
public sealed record WebhookDelivery(
    WebhookDeliveryState State, int Tries, long DueAtMilliseconds, int LastStatus, string? LastError)
{
    /// <summary>Not yet tried.</summary>
    public static WebhookDelivery First { get; } = new(WebhookDeliveryState.Pending, 0, 0, 0, null);
}
