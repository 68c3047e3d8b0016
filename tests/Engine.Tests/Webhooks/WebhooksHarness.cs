using ActorBalancer.Actors;
using ActorBalancer.Engine.Queues;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Tests.Storage;
using ActorBalancer.Engine.Webhooks;
using ActorBalancer.Engine.Workers;
using ActorBalancer.Testing;

namespace ActorBalancer.Engine.Tests.Webhooks;

/// <summary>One run of the deliverer over an archive that may outlive it, on a manual clock.</summary>
internal sealed class WebhooksHarness : IAsyncDisposable
{
    private readonly ActorSystem _system;
    private readonly WebhookSender _sender;
    private readonly WorkerTransport _transport;
    private readonly EngineClock _clock;

    public WebhooksHarness(ManualTimeProvider time, StubArchive archive, WebhookOptions? options = null)
    {
        var webhooks = (options ?? new WebhookOptions()) with { AllowPrivate = true };
        Options = new EngineOptions { BalancerKey = "key", WorkersFile = "none", Webhooks = webhooks };
        _clock = new EngineClock(time);
        _transport = new WorkerTransport("key", 1024, TimeSpan.FromSeconds(1));
        var context = new EngineContext
        {
            Options = Options,
            Clock = _clock,
            Logger = Log,
            Store = archive,
            Transport = _transport,
            Routes = new RouteMap(),
            Fleet = new FleetDirectory(),
            Gate = new IntakeGate(1, 1),
            Jitter = new JitterSource(17),
        };
        _sender = new WebhookSender(webhooks, time, new WebhookGuard(true, time));
        _system = new ActorSystem("test", new ActorSystemOptions { Time = time });
        Actor = _system.Spawn(Props.Create(() => new WebhooksActor(context, _sender)), "webhooks");
    }

    public EngineOptions Options { get; }

    public RecordingLogger Log { get; } = new();

    public ActorRef<WebhookMessage> Actor { get; }

    public long Now => _clock.NowMilliseconds;

    /// <summary>Archives a succeeded task whose result goes to <paramref name="url"/>, and orders its
    /// delivery.</summary>
    public TaskId Deliver(StubArchive archive, string url, long delayMilliseconds = 0)
    {
        var task = WebhookTasks.Archived(WebhookTasks.Ended(), WebhookTasks.Address(url, ("x-secret", "hidden")));
        archive.Add(task);
        Actor.Tell(new Deliver(task.Snapshot.Id, 0, Now + delayMilliseconds));
        return task.Snapshot.Id;
    }

    /// <summary>Tells it to rest; ends when nothing is under way.</summary>
    public async Task RestAsync()
        => await Actor.AskAsync<bool>(static reply => new RestDeliveries(reply), Timeout.InfiniteTimeSpan)
            .AsTask().WaitAsync(TestSignal.Guard);

    public async ValueTask DisposeAsync()
    {
        await _system.DisposeAsync().AsTask().WaitAsync(TestSignal.Guard);
        _sender.Dispose();
        _transport.Dispose();
    }
}
