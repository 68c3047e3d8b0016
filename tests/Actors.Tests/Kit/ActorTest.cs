using ActorBalancer.Testing;
using Xunit;

namespace ActorBalancer.Actors.Tests.Kit;

/// <summary>A system on a manual clock for each test, with a seeded source of chance.</summary>
public abstract class ActorTest : IAsyncLifetime
{
    /// <summary>Restarts at once and often: for tests that are not about back-off.</summary>
    internal static readonly SupervisorStrategy AtOnce = new()
    {
        MinBackoff = TimeSpan.Zero,
        MaxRestarts = SupervisorStrategy.Unlimited,
    };

    protected ActorTest() => System = new ActorSystem("test", new ActorSystemOptions
    {
        Time = Clock,
        GuardianStrategy = AtOnce,
        Random = new Random(17),
    });

    private protected ManualTimeProvider Clock { get; } = new();

    private protected ActorSystem System { get; }

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        await System.DisposeAsync().AsTask().WaitAsync(TestSignal.Guard);
        GC.SuppressFinalize(this);
    }

    private protected static SupervisorStrategy Always(Directive directive) => AtOnce with { Decider = _ => directive };

    private protected ActorRef<Act> Spawn(string name, PuppetScript? script = null) =>
        System.Spawn(Puppet.Props(script), name);

    private protected TestProbe<string> Log() => new(System, "log");

    private protected TestProbe<TEvent> Listen<TEvent>(string name)
    {
        var probe = new TestProbe<TEvent>(System, name);
        System.EventStream.Subscribe(probe.Ref);
        return probe;
    }
}
