using ActorBalancer.Actors;
using ActorBalancer.Engine.Alerts.Mail;
using ActorBalancer.Engine.Proxying;
using ActorBalancer.Engine.Webhooks;
using Microsoft.Extensions.Logging;

namespace ActorBalancer.Engine.Alerts;

/// <summary>
/// Tells people and programs of what happens to backends: takes every <see cref="Alert"/> of the actor system's event
/// stream and sends mails to owners and POSTs to webhooks. Whoever publishes waits for nothing. Any thread.
/// </summary>
public sealed class AlertCenter : IAsyncDisposable
{
    private readonly ActorSystem _system;
    private readonly WebhookSender _webhooks;
    private readonly ActorRef<AlertsMessage> _actor;
    private readonly IDisposable _subscription;
    private volatile AlertOptions _options;

    /// <summary>Starts to listen.</summary>
    /// <param name="system">Where alerts are published, and where its actor <c>alerts</c> lives.</param>
    /// <param name="options">Where alerts go.</param>
    /// <param name="webhooks">Secrets and time-out of the calls; whether private addresses may be called is not asked
    /// here: the addresses are the operator's own. Link-local and metadata addresses are never called.</param>
    /// <param name="logger">Where it logs.</param>
    /// <param name="findPool">Tells how a pool stands, for mails; null, or its answer null, when nobody knows.</param>
    /// <exception cref="ArgumentException">A secret cannot be read.</exception>
    public AlertCenter(
        ActorSystem system,
        AlertOptions options,
        WebhookOptions webhooks,
        ILogger logger,
        Func<string, PoolStatus?>? findPool = null)
        : this(
            system, options, webhooks, logger, findPool,
            new SmtpSender((system ?? throw new ArgumentNullException(nameof(system))).Time))
    {
    }

    /// <summary>The same with a mailer of a test's own.</summary>
    internal AlertCenter(
        ActorSystem system,
        AlertOptions options,
        WebhookOptions webhooks,
        ILogger logger,
        Func<string, PoolStatus?>? findPool,
        SmtpSender mailer)
    {
        _system = system;
        _options = options;
        _webhooks = new WebhookSender(webhooks, system.Time, new WebhookGuard(allowPrivate: true, system.Time));

        // An actor that was restarted begins with the options of now.
        _actor = system.Spawn(
            Props.Create(() => new AlertsActor(_options, mailer, _webhooks, findPool, logger)), "alerts");
        var actor = _actor;
        _subscription = system.EventStream.Subscribe<Alert>(alert => actor.Tell(new AlertRaised(alert)));
    }

    /// <summary>Sends alerts elsewhere from now on. What waits for a webhook that is still named goes there; mails that
    /// wait go to the new server.</summary>
    public void Apply(AlertOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _actor.Tell(new AlertOptionsChanged(options));
    }

    /// <summary>Stops to listen; what is under way is broken off.</summary>
    public async ValueTask DisposeAsync()
    {
        _subscription.Dispose();
        await _system.StopAsync(_actor);
        _webhooks.Dispose();
    }
}
