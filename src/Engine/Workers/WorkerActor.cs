using ActorBalancer.Actors;
using ActorBalancer.Engine.Cluster;
using ActorBalancer.Engine.Queues;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Protocol;

namespace ActorBalancer.Engine.Workers;

/// <summary>
/// One worker: asks its health, keeps its session, runs the tasks that queues lease to it, and publishes what it
/// learns in its <see cref="WorkerTarget"/>. Lives from the day the file names the worker until the last task has ended
/// after the file stopped naming it.
/// </summary>
/// <remarks>
/// Offline, and so without tasks, until a health call succeeds, and while a session that the worker offers is down.
/// One failed health call changes nothing if the worker was fine before; retries decide. A failed call while the
/// session is down too means that the worker is lost: its running calls are ended, so that queues retry them elsewhere.
/// </remarks>
internal sealed partial class WorkerActor(
    EngineContext engine, WorkerTarget target, ActorRef<ContractsMessage> contracts)
    : Actor<WorkerMessage>
{
    private const string PollTimer = "poll";

    /// <summary>First wait before a failed health call is tried again.</summary>
    private static readonly TimeSpan PollRetryFirst = TimeSpan.FromMilliseconds(100);

    private readonly List<WorkerCall> _calls = [];
    private int _cursor;
    private ActorRef<SessionMessage>? _session;
    private int _sessionPort;
    private int _sessionsOpened;
    private bool _sessionUp;
    private string? _sessionFault;
    private bool _polling;
    private bool _reached;
    private bool _suspect = true;
    private int _failedPolls;
    private int _excessBefore;
    private bool _countsChanged;
    private bool _leaving;
    private WorkerInterface? _reported;

    protected override ValueTask PreStartAsync()
    {
        // After a restart: the order to go was given to the instance before.
        target.IsDraining = engine.Drains.Urls.Contains(target.Id);
        if (target.IsRetired)
            OnRetire();
        else
            PollNow();
        return ValueTask.CompletedTask;
    }

    protected override ValueTask OnReceiveAsync(WorkerMessage message)
    {
        switch (message)
        {
            case RunTask order:
                TakeCall().Start(order);
                break;
            case CancelRun cancel:
                FindCall(cancel.Task, cancel.Token)?.Cancel();
                break;
            case Poll:
                PollNow();
                break;
            case Polled polled:
                OnPolled(polled);
                AnswerLookers();
                break;
            case SessionFrame frame:
                OnFrame(frame.Frame);
                break;
            case SessionDown down:
                OnSessionDown(down.Reason);
                break;
            case Suspect suspect:
                OnSuspect(suspect.Reason);
                break;
            case ReviewDrain:
                OnReviewDrain();
                break;
            case DrainEnded:
                TellDrained();
                break;
            case LookNow look:
                OnLook(look.ReplyTo);
                break;
            case Reconfigure reconfigure:
                OnReconfigure(reconfigure.Entry);
                break;
            case Retire:
                OnRetire();
                break;
            case Drained when _leaving:
                Stop();
                break;
        }

        return ValueTask.CompletedTask;
    }

    protected override ValueTask PostStopAsync()
    {
        target.IsRoutable = false;
        target.Status = WorkerStatus.Offline;
        AbandonCalls("the balancer stopped serving this worker");
        return ValueTask.CompletedTask;
    }

    // A finished call is found by looking at two at most: the list grows to about twice the calls that run at once, and
    // no message is needed when a call ends.
    private WorkerCall TakeCall()
    {
        for (var looked = 0; looked < 2 && _calls.Count > 0; looked++)
        {
            _cursor = _cursor + 1 < _calls.Count ? _cursor + 1 : 0;
            if (_calls[_cursor].IsDone)
                return _calls[_cursor];
        }

        var call = new WorkerCall(target, engine.Transport, engine.Clock.Time);
        _calls.Add(call);
        return call;
    }

    private WorkerCall? FindCall(QueuedTask task, long token)
        => _calls.Find(call => !call.IsDone && call.Token == token && ReferenceEquals(call.Task, task));

    private void AbandonCalls(string reason)
    {
        foreach (var call in _calls)
        {
            if (!call.IsDone)
                call.Abandon(reason);
        }
    }

    private void PollNow()
    {
        if (_polling || target.IsRetired)
            return;
        _polling = true;
        Context.Timers.Cancel(PollTimer);
        Context.PipeToSelf(
            GetHealthAsync(),
            static health => new Polled(health, null),
            static exception => new Polled(null, exception.Message));
    }

    private async Task<WorkerHealth> GetHealthAsync()
    {
        using var timeout = new CancellationTokenSource(engine.Options.DiscoveryTimeout, engine.Clock.Time);
        return await engine.Transport.GetHealthAsync(target, timeout.Token);
    }

    private void OnPolled(Polled polled)
    {
        _polling = false;
        if (target.IsRetired)
            return;
        if (polled.Health is { } health)
        {
            OnHealth(health);
            Context.Timers.StartSingle(PollTimer, new Poll(), engine.Options.DiscoveryInterval);
            return;
        }

        _failedPolls++;
        var lost = _sessionPort > 0 && !_sessionUp;
        if (_reached && (lost || _failedPolls > engine.Options.DiscoveryRetries))
        {
            _reached = false;
            WorkerLog.Lost(engine.Logger, target.Id, polled.Fault!);
            AbandonCalls($"worker lost: {polled.Fault}");
        }
        else if (_failedPolls == 1)
        {
            WorkerLog.PollFailed(engine.Logger, target.Id, polled.Fault!);
        }

        Publish();
        var interval = engine.Options.DiscoveryInterval;
        var wait = _failedPolls > engine.Options.DiscoveryRetries
            ? interval
            : engine.Jitter.Half(PollRetryFirst, interval, _failedPolls);
        Context.Timers.StartSingle(PollTimer, new Poll(), wait);
    }

    private void OnHealth(WorkerHealth health)
    {
        if (WorkerInterface.Read(health, out var fault) is not { } read)
        {
            OnPolledFault(fault!);
            return;
        }

        if (!_reached)
            WorkerLog.Reached(engine.Logger, target.Id, read.Key);
        _reached = true;
        _suspect = false;
        _failedPolls = 0;
        target.Health = health;
        CorrectSlots(health.Slots);
        KeepSession(health.WebsocketPort);
        if (!read.Equals(_reported))
        {
            _reported = read;
            contracts.Tell(new InterfaceReported(target, read, NamesOf(health)));
        }

        Publish();
    }

    private static string[] NamesOf(WorkerHealth health)
        => [.. (health.Functions ?? []).Where(f => !string.IsNullOrEmpty(f?.Name)).Select(f => f.Name)];

    private void OnPolledFault(string fault)
    {
        if (_failedPolls++ == 0)
            WorkerLog.PollFailed(engine.Logger, target.Id, fault);
        _reached = false;
        Publish();
    }

    // A worker without a port offers no session; it is steered by health calls alone.
    private void KeepSession(int port)
    {
        if (port == _sessionPort)
        {
            if (!_sessionUp)
                _session?.Tell(SessionMessage.ReconnectNow);
            return;
        }

        if (_session is not null)
            Context.Stop(_session);
        _session = null;
        _sessionUp = false;
        _sessionPort = port;
        if (port <= 0)
            return;
        var props = Props.Create(() => new SessionActor(engine, target, port, Context.Self));
        _session = Context.Spawn(props, $"session-{++_sessionsOpened}");
    }

    private void OnFrame(WorkerStatusFrame frame)
    {
        if (target.IsRetired || target.Health is not { } health)
            return;
        if (!_sessionUp)
            WorkerLog.SessionUp(engine.Logger, target.Id);
        _sessionUp = true;
        _sessionFault = null;
        _suspect = false;
        target.Health = health with
        {
            Status = frame.Status ?? health.Status,
            Slots = frame.Slots ?? health.Slots,
            System = frame.System ?? health.System,
            Services = frame.Services ?? health.Services,
        };
        if (frame.Slots is not null)
            CorrectSlots(frame.Slots);
        Publish();
    }

    private void OnSessionDown(string reason)
    {
        if (target.IsRetired)
            return;

        // The same reason at every try is told once.
        if (_sessionUp || !string.Equals(reason, _sessionFault, StringComparison.Ordinal))
            WorkerLog.SessionDown(engine.Logger, target.Id, reason);
        _sessionFault = reason;
        _sessionUp = false;
        Publish();
        PollNow();
    }

    private void OnSuspect(string reason)
    {
        if (target.IsRetired || _suspect)
            return;
        WorkerLog.Suspected(engine.Logger, target.Id, reason);
        _suspect = true;
        Publish();
        PollNow();
    }

    private void OnReconfigure(WorkerEntry entry)
    {
        var weightChanged = entry.Weight != target.Entry.Weight;
        target.Entry = entry;

        // Some strategies read weights when they make their table: reporting again makes a new one.
        if (weightChanged && _reported is { } reported && target.Health is { } health)
            contracts.Tell(new InterfaceReported(target, reported, NamesOf(health)));
        Context.System.EventStream.Publish(new FleetChanged());
    }

    private void OnRetire()
    {
        _leaving = true;
        Context.Timers.CancelAll();
        Publish();
        contracts.Tell(new WorkerLeft(target));

        // Without a queue there is nobody who would say that the last task has ended.
        if (target.Route is { } route)
            route.Actor.Tell(new WorkerRetired(target));
        else
            Stop();
    }

    private void Stop()
    {
        Context.StopSelf();
        if (target.Entry.Lease is { } lease)
            Context.System.EventStream.Publish(new WorkerStopped(lease));
    }

    /// <summary>
    /// Takes the worker's count over where it shows more than ours: slots that others use. A report is older than our
    /// count, so a single one may still show a task that has just ended; only what two reports in a row show counts.
    /// </summary>
    private void CorrectSlots(WorkerSlots? slots)
    {
        if (slots is null)
            return;
        var excess = Math.Max(0, slots.Used - target.ActiveCount);
        var foreign = Math.Min(excess, _excessBefore);
        _countsChanged |= foreign != target.ForeignCount;
        target.ForeignCount = foreign;
        _excessBefore = excess;

        // A worker may offer less than its limit (a service is down, an inner queue): then what it offers counts.
        target.Limit = Math.Clamp(slots.Used + slots.Available, 0, Math.Max(0, slots.Limit));
    }

    private void Publish()
    {
        var health = target.Health;
        var online = _reached && (_sessionPort <= 0 || _sessionUp);
        var status = !online || health is null ? WorkerStatus.Offline
            : health.Status == "ready" ? WorkerStatus.Ready
            : WorkerStatus.Maintenance;
        var routable = status == WorkerStatus.Ready && !_suspect && !target.IsRetired && ServicesUp(health!.Services);
        var changed = _countsChanged || status != target.Status || routable != target.IsRoutable;
        _countsChanged = false;
        target.Status = status;
        target.IsRoutable = routable;
        target.Route?.SignalCapacity();
        if (changed)
            Context.System.EventStream.Publish(new FleetChanged());
    }

    private static bool ServicesUp(IReadOnlyList<WorkerService>? services)
    {
        for (var i = 0; i < (services?.Count ?? 0); i++)
        {
            if ((services![i]?.Status ?? services[i]?.State) != "up")
                return false;
        }

        return true;
    }
}
