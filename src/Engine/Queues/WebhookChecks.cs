using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Queues;

/// <summary>Refuses tasks whose webhook must not be called.</summary>
internal static class WebhookChecks
{
    /// <summary>Asks once for each host, side by side, and writes a receipt for each task that is refused.</summary>
    /// <param name="requests">The tasks.</param>
    /// <param name="receipts">Receipts in the order of the requests; the others stay as they are.</param>
    /// <param name="check">Why a URL must not be called; null when it may.</param>
    /// <returns>False when no task has a webhook.</returns>
    public static async ValueTask<bool> RunAsync(
        IReadOnlyList<TaskRequest> requests,
        TaskReceipt[] receipts,
        Func<string, CancellationToken, ValueTask<string?>> check)
    {
        Dictionary<string, Task<string?>>? checks = null;
        foreach (var request in requests)
        {
            if (request.Options.Webhook is not { } webhook)
                continue;
            checks ??= new Dictionary<string, Task<string?>>(StringComparer.Ordinal);
            var authority = AuthorityOf(webhook.Url);
            if (!checks.ContainsKey(authority))
                checks.Add(authority, check(webhook.Url, CancellationToken.None).AsTask());
        }

        if (checks is null)
            return false;
        for (var i = 0; i < requests.Count; i++)
        {
            if (requests[i].Options.Webhook is { } webhook
                && await checks[AuthorityOf(webhook.Url)] is { } reason)
                receipts[i] = new TaskReceipt(default, Outcomes.WebhookRefused(reason));
        }

        return true;
    }

    // What stands before the path decides whether an address may be called.
    private static string AuthorityOf(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) ? uri.GetLeftPart(UriPartial.Authority) : url;
}
