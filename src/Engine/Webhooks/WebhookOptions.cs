namespace ActorBalancer.Engine.Webhooks;

/// <summary>How results are delivered to webhooks. Immutable; the host has checked every range.</summary>
public sealed record WebhookOptions
{
    /// <summary>Secrets to sign with, the newest first; none leaves deliveries unsigned. One that begins with
    /// <c>whsec_</c> is base64 behind that (Standard Webhooks), any other is taken as UTF-8. Never logged.</summary>
    public IReadOnlyList<string> Secrets { get; init; } = [];

    /// <summary>Longest time of one delivery, from connecting to the end of the answer's head.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Tries after the first; 0 or more.</summary>
    public int RetriesMax { get; init; } = 10;

    /// <summary>Upper edge of the first retry's random wait; it doubles with every try.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest wait before a retry, a receiver's <c>Retry-After</c> included.</summary>
    public TimeSpan RetryDelayMax { get; init; } = TimeSpan.FromHours(1);

    /// <summary>True also delivers to private and loopback addresses; never to link-local ones.</summary>
    public bool AllowPrivate { get; init; }

    /// <summary>Deliveries under way at a time, 1 or more.</summary>
    public int ConcurrencyMax { get; init; } = 64;

    /// <summary>Says nothing of the secrets.</summary>
    public override string ToString() => nameof(WebhookOptions);
}
