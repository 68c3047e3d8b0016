namespace ActorBalancer.Api.Tasks;

/// <summary>Which header lines a sender may add to the call of its webhook.</summary>
internal static class WebhookHeaderNames
{
    // Ours: Standard Webhooks' three, and what names the sender and the task. The connection's: RFC 9110, section
    // 7.6.1, and the fields that frame a message or say where it goes.
    private static readonly HashSet<string> Taken = new(StringComparer.OrdinalIgnoreCase)
    {
        "webhook-id", "webhook-timestamp", "webhook-signature", "user-agent", "x-task-id", "x-task-state",
        "host", "connection", "proxy-connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade",
        "proxy-authorization", "proxy-authenticate", "expect", "http2-settings",
    };

    /// <summary>True when nobody else sets the header. All that say something of the body are ours.</summary>
    public static bool IsFree(string name) =>
        !Taken.Contains(name) && !name.StartsWith("content-", StringComparison.OrdinalIgnoreCase);
}
