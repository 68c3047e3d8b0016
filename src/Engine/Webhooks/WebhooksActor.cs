using ActorBalancer.Actors;
using ActorBalancer.Engine.Queues;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Telemetry;

namespace ActorBalancer.Engine.Webhooks;

/// <summary>
/// Delivers results: waits for each delivery's time, reads its task from the archive when its turn comes, calls the
/// webhook, and writes how it stands before it goes on. So a delivery survives whatever is killed when, and a kill
/// between the call and the write means one more call with the same <c>webhook-id</c>.
/// <para>W1: never more than one call of one delivery at a time.</para>
/// <para>W2: at most <see cref="WebhookOptions.ConcurrencyMax"/> deliveries are taken, at most
/// <see cref="HostCallsMax"/> of them call one host: a dead host delays no other.</para>
/// </summary>
internal sealed class WebhooksActor(EngineContext engine, WebhookSender sender) : Actor<WebhookMessage>
{
    /// <summary>Calls to one host at a time. Source: ours, a little above what browsers allow themselves (6).</summary>
    public const int HostCallsMax = 8;

    private const string DueTimer = "due";

    /// <summary>Timers take no more than 49 days; looking once too often costs nothing.</summary>
    private const long TimerMillisecondsMax = 24 * 3600 * 1000;

    /// <summary>Rest after the store failed.</summary>
    private static readonly TimeSpan StoreRest = TimeSpan.FromSeconds(1);

    /// <summary>An ended delivery can be looked at and sent again for this long, whatever the task's retention.
    /// </summary>
    private static readonly TimeSpan KeptAfterEnd = TimeSpan.FromHours(1);

    private readonly WebhookOptions _options = engine.Options.Webhooks;
    private readonly DeliveryQueue _queue = new(HostCallsMax);
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<ActorRef<bool>> _awaitingRest = [];
    private bool _isResting;
    private bool _isLeaving;
    private int _taken;

    protected override ValueTask OnReceiveAsync(WebhookMessage message)
    {
        switch (message)
        {
            case Deliver deliver:
                _queue.Add(deliver);
                break;
            case RestDeliveries rest:
                _isResting = true;
                _awaitingRest.Add(rest.ReplyTo);
                break;

            // What an earlier instance of this actor began is told to this one and concerns it no more.
            case DeliveryRead read when _queue.IsTaken(read.Delivery):
                Take(read);
                break;
            case DeliveryCalled called when _queue.IsTaken(called.Delivery):
                Take(called);
                break;
            case DeliverySaved saved when _queue.IsTaken(saved.Change.Delivery):
                Take(saved);
                break;
            case SaveAgain again when _queue.IsTaken(again.Change.Delivery):
                Save(again.Change);
                break;
            case DeliveriesLeft left:
                _isLeaving = false;
                if (left.Fault is not null)
                    WebhookLog.NotLeft(engine.Logger, left.Fault.Message);
                break;
        }

        Pump();
        return ValueTask.CompletedTask;
    }

    // A new instance is told what this one knew; calls under way end with it, so W1 holds.
    protected override ValueTask PreRestartAsync(Exception cause, WebhookMessage? message)
    {
        foreach (var delivery in _queue.All)
            Context.Self.Tell(new Deliver(delivery.Id, delivery.Tries, delivery.DueAtMilliseconds));
        return base.PreRestartAsync(cause, message);
    }

    protected override async ValueTask PostStopAsync()
    {
        await _stopping.CancelAsync();
        _stopping.Dispose();
    }

    private void Pump()
    {
        if (_isResting)
        {
            if (_taken > 0 || _isLeaving || Leave())
                return;
            foreach (var replyTo in _awaitingRest)
                replyTo.Tell(true);
            _awaitingRest.Clear();
            return;
        }

        var now = engine.Clock.NowMilliseconds;
        while (_taken < _options.ConcurrencyMax && _queue.TryTake(now, out var delivery))
        {
            _taken++;
            var taken = delivery;
            Context.PipeToSelf(
                engine.Store.Archive.FindAsync(taken.Id, withBody: false),
                found => new DeliveryRead(taken, found.Task, null),
                exception => new DeliveryRead(taken, null, exception));
        }

        if (_taken < _options.ConcurrencyMax && _queue.NextDueMilliseconds is { } due)
        {
            // One more, since the clock cuts milliseconds off: a timer that comes too soon would come twice.
            var wait = Math.Clamp(due - now + 1, 0, TimerMillisecondsMax);
            Context.Timers.StartSingle(DueTimer, DeliveryDue.Instance, TimeSpan.FromMilliseconds(wait));
        }
    }

    // Nodes that go on need not wait until they take this one for dead. What is not given up is theirs then.
    private bool Leave()
    {
        if (engine.Shared is not { } store || _queue.All.Count == 0)
            return false;
        var left = _queue.Clear().Select(static delivery =>
            new PendingDelivery(delivery.Id, delivery.Tries, delivery.DueAtMilliseconds)).ToArray();
        _isLeaving = true;
        Context.PipeToSelf(
            LeaveAsync(store, left),
            static () => new DeliveriesLeft(null),
            static exception => new DeliveriesLeft(exception));
        return true;
    }

    private static async Task LeaveAsync(ISharedTaskStore store, PendingDelivery[] deliveries) =>
        await store.LeaveDeliveriesAsync(deliveries);

    private void Take(DeliveryRead read)
    {
        var delivery = read.Delivery;
        if (read.Fault is { } fault)
        {
            WebhookLog.ReadFailed(engine.Logger, delivery.Id, fault.Message);
            _taken--;
            _queue.PutBack(delivery, engine.Clock.NowMilliseconds + (long)StoreRest.TotalMilliseconds);
            return;
        }

        if (read.Task is not { Options.Webhook: { } address } task
            || task.Snapshot.Delivery is not { State: WebhookDeliveryState.Pending })
        {
            WebhookLog.NothingDue(engine.Logger, delivery.Id);
            _taken--;
            _queue.Remove(delivery);
            return;
        }

        if (!_queue.TryEnter(delivery, HostOf(address)))
        {
            _taken--;
            return;
        }

        delivery.TraceParent = task.TraceParent;

        // Reading and signing a large result takes a while: not on this actor's turn.
        var stopping = _stopping.Token;
        var number = delivery.Tries + 1;
        Context.PipeToSelf(
            Task.Run(() => sender.DeliverAsync(task, address, number, stopping), CancellationToken.None),
            result => new DeliveryCalled(delivery, task, result, null),
            exception => new DeliveryCalled(delivery, task, null, exception));
    }

    private void Take(DeliveryCalled called)
    {
        var delivery = called.Delivery;
        _queue.Leave(delivery);
        if (called.Fault is { } fault and not OperationCanceledException)
            WebhookLog.CallBroke(engine.Logger, fault, delivery.Mark);
        var result = called.Result
            ?? new WebhookResult(WebhookResultKind.Failed, 0, "the call failed in the balancer; see its log");
        delivery.Tries++;
        Save(Decide(delivery, called.Task, result));
    }

    private DeliveryChange Decide(Delivery delivery, ArchivedTask task, WebhookResult result)
    {
        var now = engine.Clock.NowMilliseconds;
        var host = HostOf(task.Options.Webhook!);
        var tries = delivery.Tries;
        var state = WebhookDeliveryState.Pending;
        var due = 0L;
        if (result.Kind == WebhookResultKind.Done)
        {
            state = WebhookDeliveryState.Delivered;
            engine.Figures.CountDelivery(DeliveryVerdict.Delivered);
            WebhookLog.Delivered(engine.Logger, delivery.Mark, host, tries);
        }
        else if (result.Kind == WebhookResultKind.Gone || tries > _options.RetriesMax)
        {
            state = WebhookDeliveryState.Dead;
            engine.Figures.CountDelivery(DeliveryVerdict.Dead);
            WebhookLog.GivenUp(engine.Logger, delivery.Mark, host, tries, result.Error);
        }
        else
        {
            var wait = result.RetryAfter
                ?? engine.Jitter.Full(_options.RetryDelay, _options.RetryDelayMax, tries);
            due = now + (long)Math.Ceiling(wait.TotalMilliseconds);
            engine.Figures.CountDelivery(DeliveryVerdict.Failed);
            WebhookLog.TryFailed(engine.Logger, delivery.Mark, host, tries, result.Error, due - now);
        }

        return new DeliveryChange(
            delivery, new WebhookDelivery(state, tries, due, result.Status, result.Error), KeptUntil(task, now));
    }

    private long KeptUntil(ArchivedTask task, long now)
    {
        var retention = Ends.RetentionOf(engine.Options, task.Snapshot.State, task.Options);
        return Math.Max(
            task.Snapshot.FinishedAtMilliseconds + retention, now + (long)KeptAfterEnd.TotalMilliseconds);
    }

    private void Save(DeliveryChange change) => Context.PipeToSelf(
        SaveAsync(change),
        () => new DeliverySaved(change, null),
        exception => new DeliverySaved(change, exception));

    private async Task SaveAsync(DeliveryChange change) => await engine.Store.Archive.SaveDeliveryAsync(
        change.Delivery.Id, change.State, change.KeptUntilMilliseconds);

    // What could not be written is written again, never called again: the receiver has it.
    private void Take(DeliverySaved saved)
    {
        var delivery = saved.Change.Delivery;
        if (saved.Fault is { } fault)
        {
            WebhookLog.SaveFailed(engine.Logger, delivery.Mark, fault.Message);
            Context.Timers.StartSingle(delivery, new SaveAgain(saved.Change), StoreRest);
            return;
        }

        _taken--;
        if (saved.Change.State.State == WebhookDeliveryState.Pending)
            _queue.PutBack(delivery, saved.Change.State.DueAtMilliseconds);
        else
            _queue.Remove(delivery);
    }

    private static string HostOf(WebhookAddress address)
        => Uri.TryCreate(address.Url, UriKind.Absolute, out var uri) ? uri.IdnHost : "?";
}
