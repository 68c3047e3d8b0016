namespace ActorBalancer.Engine.Webhooks;

/// <summary>How one call of a webhook ended.</summary>
internal enum WebhookResultKind : byte
{
    /// <summary>The receiver took it: 2xx.</summary>
    Done,

    /// <summary>The receiver wants no more: 410.</summary>
    Gone,

    /// <summary>The receiver asks to come later: 429 or 503.</summary>
    Wait,

    /// <summary>Anything else.</summary>
    Failed,
}

/// <summary>How one call of a webhook ended, in words fit to be shown to its task's sender.</summary>
/// <param name="Kind">What it means.</param>
/// <param name="Status">HTTP status; 0 when there was none.</param>
/// <param name="Error">Why it failed; null when it did not. Holds nothing that the receiver said.</param>
/// <param name="RetryAfter">The wait that the receiver asks for, at most
/// <see cref="WebhookOptions.RetryDelayMax"/>; null when it names none.</param>
internal readonly record struct WebhookResult(
    WebhookResultKind Kind, int Status, string? Error = null, TimeSpan? RetryAfter = null);
