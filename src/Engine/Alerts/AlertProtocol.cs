using ActorBalancer.Engine.Alerts.Mail;
using ActorBalancer.Engine.Webhooks;

namespace ActorBalancer.Engine.Alerts;

/// <summary>What the alerts actor understands.</summary>
internal abstract record AlertsMessage;

/// <summary>Something happened.</summary>
internal sealed record AlertRaised(Alert Alert) : AlertsMessage;

/// <summary>Alerts go elsewhere from now on.</summary>
internal sealed record AlertOptionsChanged(AlertOptions Options) : AlertsMessage;

/// <summary>The interval after a mail is over.</summary>
internal sealed record MailWindowEnded(MailSubject Subject) : AlertsMessage;

/// <summary>An attempt to hand a mail over has ended; null when it was taken.</summary>
internal sealed record MailTried(AlertJob<Letter> Job, Exception? Fault) : AlertsMessage;

/// <summary>A call of a webhook has ended.</summary>
internal sealed record AlertCalled(
    AlertLane<AlertCall> Lane, AlertJob<AlertCall> Job, WebhookResult Result) : AlertsMessage;

/// <summary>It is time to try again.</summary>
internal sealed record RetryDue : AlertsMessage
{
    /// <summary>The only one.</summary>
    public static RetryDue Instance { get; } = new();
}

/// <summary>What mails are grouped by.</summary>
internal sealed record MailSubject(string Pool, string BackendId, string Owner);

/// <summary>An alert as it goes to one webhook.</summary>
/// <param name="Id">Value of <c>webhook-id</c>, the same over all tries.</param>
/// <param name="Address">Where to.</param>
/// <param name="Json">The body.</param>
internal sealed record AlertCall(string Id, Uri Address, ReadOnlyMemory<byte> Json);
