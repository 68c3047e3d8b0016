using ActorBalancer.Actors;
using ActorBalancer.Engine.Alerts.Mail;
using ActorBalancer.Engine.Proxying;
using ActorBalancer.Engine.Webhooks;
using Microsoft.Extensions.Logging;

namespace ActorBalancer.Engine.Alerts;

/// <summary>
/// Tells people and programs of what happens to backends.
/// <para>A1: about one backend its owner gets no more than one mail an interval: the first change goes at once, what
/// follows within the interval comes together at its end. Nothing is left out without being counted.</para>
/// <para>A2: nobody waits for a mail server or a webhook: everything that goes out does so beside the actor, from
/// queues with a bound.</para>
/// </summary>
internal sealed class AlertsActor(
    AlertOptions options,
    SmtpSender mailer,
    WebhookSender webhooks,
    Func<string, PoolStatus?>? findPool,
    ILogger logger) : Actor<AlertsMessage>
{
    private const string RetryTimer = "retry";

    /// <summary>Mails that wait for their server. Source: ours; a pool of hundreds may go down as one.</summary>
    private const int MailsMax = 1000;

    /// <summary>Alerts that wait for one webhook. Source: ours.</summary>
    private const int CallsMax = 1000;

    /// <summary>Connections to the mail server at a time. Source: ours; services allow few.</summary>
    private const int MailsAtOnce = 2;

    /// <summary>Longest wait that a webhook may ask for.</summary>
    private static readonly TimeSpan WaitMax = TimeSpan.FromMinutes(5);

    // Without chance: what is sent are single mails, and no crowd of senders meets at one moment.
    private static readonly TimeSpan[] MailRetries =
        [TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(5)];

    private static readonly TimeSpan[] CallRetries =
        [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(15), TimeSpan.FromMinutes(1)];

    private readonly Dictionary<MailSubject, MailGroup> _groups = [];
    private readonly AlertLane<Letter> _mails = new(MailsMax, MailsAtOnce, MailRetries);
    private readonly Dictionary<Uri, AlertLane<AlertCall>> _calls = [];
    private readonly CancellationTokenSource _stopping = new();
    private AlertOptions _options = options;
    private long _start;

    protected override ValueTask PreStartAsync()
    {
        _start = Context.Time.GetTimestamp();
        Use(_options);
        return default;
    }

    protected override ValueTask OnReceiveAsync(AlertsMessage message)
    {
        switch (message)
        {
            case AlertRaised raised:
                Take(raised.Alert);
                break;
            case AlertOptionsChanged changed:
                Use(changed.Options);
                break;
            case MailWindowEnded ended:
                EndWindow(ended.Subject);
                break;
            case MailTried tried:
                Take(tried);
                break;
            case AlertCalled called:
                Take(called);
                break;
        }

        Pump();
        return default;
    }

    protected override async ValueTask PostStopAsync()
    {
        await _stopping.CancelAsync();
        _stopping.Dispose();
    }

    // What waits for a webhook that is still named goes on waiting.
    private void Use(AlertOptions options)
    {
        _options = options;
        foreach (var gone in _calls.Keys.Except(options.Webhooks).ToArray())
            _calls.Remove(gone);
        foreach (var address in options.Webhooks)
            _calls.TryAdd(address, new AlertLane<AlertCall>(CallsMax, concurrencyMax: 1, CallRetries));
    }

    private void Take(Alert alert)
    {
        // Who publishes an alert has logged what happened.
        AlertLog.Taken(logger, AlertText.Headline(alert), AlertText.Clean(alert.Reason));
        if (alert is { Kind: AlertKind.BackendDown or AlertKind.BackendUp, Owner: { } owner }
            && _options.Mail is not null)
        {
            TakeForMail(alert, new MailSubject(alert.Pool, alert.BackendId, owner));
        }

        if (_calls.Count == 0)
            return;
        var json = AlertText.Json(alert);
        var id = $"msg_alert_{Guid.NewGuid():N}";
        foreach (var (address, lane) in _calls)
        {
            if (!lane.Add(new AlertCall(id, address, json)) && lane.Dropped == 1)
                AlertLog.CallsDropped(logger, address.IdnHost);
        }
    }

    // A1: a group stands from a mail until the end of its interval.
    private void TakeForMail(Alert alert, MailSubject subject)
    {
        var isFirst = !_groups.TryGetValue(subject, out var group);
        group ??= _groups[subject] = new MailGroup();
        group.Add(alert);
        if (isFirst)
            Write(subject, group);
    }

    private void EndWindow(MailSubject subject)
    {
        if (!_groups.TryGetValue(subject, out var group))
            return;
        if (group.Alerts.Count == 0)
            _groups.Remove(subject);
        else
            Write(subject, group);
    }

    private void Write(MailSubject subject, MailGroup group)
    {
        // Without a server now, what happened goes with the group.
        if (_options.Mail is not { } mail)
        {
            _groups.Remove(subject);
            return;
        }

        var written = AlertText.Write(group, subject.Owner, mail, StatusOf(subject.Pool), Context.Time.GetUtcNow());
        group.Clear();
        Context.Timers.StartSingle(subject, new MailWindowEnded(subject), _options.Interval);
        if (!_mails.Add(written) && _mails.Dropped == 1)
            AlertLog.MailDropped(logger);
    }

    private PoolStatus? StatusOf(string pool)
    {
        try
        {
            return findPool?.Invoke(pool);
        }
        catch (Exception exception)
        {
            // The mail matters more than what it says of the rest.
            AlertLog.NoStatus(logger, exception, pool);
            return null;
        }
    }

    private void Pump()
    {
        var now = Now();
        var stopping = _stopping.Token;
        while (_options.Mail is { } server && _mails.TryTake(now, out var job))
        {
            var taken = job;
            Context.PipeToSelf(
                Task.Run(() => mailer.SendAsync(server, taken.Content, stopping), CancellationToken.None),
                () => new MailTried(taken, null),
                exception => new MailTried(taken, exception));
        }

        foreach (var lane in _calls.Values)
        {
            while (lane.TryTake(now, out var job))
            {
                var (ofLane, taken) = (lane, job);
                Context.PipeToSelf(
                    webhooks.SendAsync(taken.Content.Id, taken.Content.Json, taken.Content.Address, stopping),
                    result => new AlertCalled(ofLane, taken, result),
                    exception => new AlertCalled(
                        ofLane, taken, new WebhookResult(WebhookResultKind.Failed, 0, exception.Message)));
            }
        }

        var next = _calls.Values.Select(static lane => lane.NextDue)
            .Append(_options.Mail is null ? null : _mails.NextDue).Min();
        if (next is { } due)
            Context.Timers.StartSingle(RetryTimer, RetryDue.Instance, due > now ? due - now : TimeSpan.Zero);
    }

    private void Take(MailTried tried)
    {
        var (job, subject) = (tried.Job, tried.Job.Content.Subject);
        if (tried.Fault is not { } fault)
        {
            _mails.End(isSent: true);
            AlertLog.MailSent(logger, subject, _options.Mail?.Host ?? "", job.Tries);
        }
        else if (fault is MailException { IsPermanent: true })
        {
            _mails.End(isSent: false);
            AlertLog.MailGivenUp(logger, subject, job.Tries, fault.Message);
        }
        else if (_mails.TryAgain(job, Now()))
        {
            AlertLog.MailFailed(logger, subject, job.Tries, fault.Message);
        }
        else
        {
            AlertLog.MailGivenUp(logger, subject, job.Tries, fault.Message);
        }
    }

    private void Take(AlertCalled called)
    {
        var (lane, job, result) = (called.Lane, called.Job, called.Result);
        var host = job.Content.Address.IdnHost;
        if (result.Kind == WebhookResultKind.Done)
        {
            lane.End(isSent: true);
            return;
        }

        var wait = result.RetryAfter < WaitMax ? result.RetryAfter : result.RetryAfter is null ? null : WaitMax;
        if (result.Kind == WebhookResultKind.Gone)
            lane.End(isSent: false);
        else if (lane.TryAgain(job, Now(), wait))
            AlertLog.CallFailed(logger, host, job.Tries, result.Error);
        else
            AlertLog.CallGivenUp(logger, host, job.Tries, result.Error);
    }

    private TimeSpan Now() => Context.Time.GetElapsedTime(_start);
}
