using System.Threading.Channels;
using ActorBalancer.Actors;

namespace ActorBalancer.Testing;

/// <summary>
/// An actor that records what it is told and the ends of the actors that it watches, in one order, for a test to read.
/// The methods are for one test thread; <see cref="Ref"/> is for anybody.
/// </summary>
public sealed class TestProbe<TMessage>
{
    /// <summary>How long an expected message may take before it is taken for missing, in real time.</summary>
    private static readonly TimeSpan Guard = TestSignal.Guard;

    private readonly Channel<object> _arrived = Channel.CreateUnbounded<object>();
    private readonly List<object> _seen = [];
    private readonly HashSet<ActorRef> _watched = [];
    private readonly Recorder _recorder;

    /// <summary>Spawns the probe as a top-level actor.</summary>
    /// <param name="system">Where.</param>
    /// <param name="name">Unique among the top-level actors.</param>
    public TestProbe(ActorSystem system, string name = "probe")
    {
        ArgumentNullException.ThrowIfNull(system);
        _recorder = new Recorder(_arrived.Writer);
        Ref = system.Spawn(Props.Create(() => _recorder), name);
    }

    /// <summary>The address to hand out.</summary>
    public ActorRef<TMessage> Ref { get; }

    /// <summary>The next message.</summary>
    /// <exception cref="ProbeException">None came, or the end of a watched actor came first.</exception>
    public Task<TMessage> ExpectAsync() => ExpectAsync<TMessage>();

    /// <summary>The next message, which must be a <typeparamref name="TSub"/>.</summary>
    /// <exception cref="ProbeException">None came, or something else came first.</exception>
    public async Task<TSub> ExpectAsync<TSub>()
        where TSub : TMessage
    {
        var next = await NextAsync($"a {typeof(TSub).Name}");
        return next is TSub message ? message : throw Unexpected($"a {typeof(TSub).Name}", next);
    }

    /// <summary>The next message, which must equal <paramref name="expected"/>.</summary>
    /// <exception cref="ProbeException">None came, or something else came first.</exception>
    public async Task ExpectAsync(TMessage expected)
    {
        var next = await NextAsync($"'{expected}'");
        if (!Equals(next, expected)) throw Unexpected($"'{expected}'", next);
    }

    /// <summary>The next messages, which must equal <paramref name="expected"/> in this order.</summary>
    /// <exception cref="ProbeException">Too few came, or something else came.</exception>
    public async Task ExpectAllAsync(params IEnumerable<TMessage> expected)
    {
        ArgumentNullException.ThrowIfNull(expected);
        foreach (var one in expected) await ExpectAsync(one);
    }

    /// <summary>The next that comes must be the end of <paramref name="actor"/>; watches it first.</summary>
    /// <exception cref="ProbeException">It did not stop, or something else came first.</exception>
    public async Task ExpectTerminatedAsync(ActorRef actor)
    {
        ArgumentNullException.ThrowIfNull(actor);
        await WatchAsync(actor);
        var next = await NextAsync($"the end of {actor}");
        if (next is not Terminated terminated || !ReferenceEquals(terminated.Actor, actor))
            throw Unexpected($"the end of {actor}", next);
        _watched.Remove(actor);
    }

    /// <summary>Watches an actor; its end is recorded from the end of this call on.</summary>
    public async Task WatchAsync(ActorRef actor)
    {
        ArgumentNullException.ThrowIfNull(actor);
        if (_watched.Add(actor)) await OnTurnAsync(context => context.Watch(actor));
    }

    /// <summary>
    /// Checks that everything that came has been expected. A barrier is passed first, so all that was told to the
    /// probe until now counts; that the code under test has told all must be known otherwise, such as by a reply of it.
    /// </summary>
    /// <exception cref="ProbeException">Something came.</exception>
    public async Task ExpectNothingAsync()
    {
        await OnTurnAsync(static _ => { });
        if (_arrived.Reader.TryRead(out var next)) throw Unexpected("nothing", next);
    }

    /// <summary>Runs something on the probe's turn, after all that it was told before.</summary>
    private async Task OnTurnAsync(Action<IActorContext<TMessage>> action)
    {
        var done = new TestSignal($"a turn of probe {Ref}");
        await _recorder.Started.WaitAsync();
        _recorder.Run(action, done);
        await done.WaitAsync();
    }

    private async Task<object> NextAsync(string expected)
    {
        try
        {
            var next = await _arrived.Reader.ReadAsync().AsTask().WaitAsync(Guard);
            _seen.Add(next);
            return next;
        }
        catch (TimeoutException exception)
        {
            throw new ProbeException($"{Ref} expected {expected}; nothing came for {Guard}. {Seen()}", exception);
        }
    }

    private ProbeException Unexpected(string expected, object found) =>
        new($"{Ref} expected {expected}, but {found.GetType().Name} '{found}' came. {Seen()}");

    private string Seen() => $"So far came: [{string.Join(", ", _seen)}].";

    /// <summary>
    /// The actor. A test's order to it stands in a field; the end of a child of its own tells it to look there, because
    /// the notice of an end is handled after all that was told before.
    /// </summary>
    private sealed class Recorder(ChannelWriter<object> arrived) : Actor<TMessage>
    {
        private (Action<IActorContext<TMessage>> Action, TestSignal Done) _order;
        private ActorRef<Bell>? _bell;
        private int _bells;

        internal TestSignal Started { get; } = new("the start of a probe");

        /// <summary>One at a time: the next only after <paramref name="done"/>.</summary>
        internal void Run(Action<IActorContext<TMessage>> action, TestSignal done)
        {
            _order = (action, done);
            _bell!.Tell(new Bell());
        }

        protected override ValueTask PreStartAsync()
        {
            HangBell();
            Started.Set();
            return default;
        }

        protected override ValueTask OnReceiveAsync(TMessage message)
        {
            arrived.TryWrite(message!);
            return default;
        }

        protected override ValueTask OnTerminatedAsync(Terminated terminated)
        {
            if (!ReferenceEquals(terminated.Actor, _bell))
            {
                arrived.TryWrite(terminated);
                return default;
            }

            var (action, done) = _order;
            action(Context);
            HangBell();
            done.Set();
            return default;
        }

        private void HangBell()
        {
            _bell = Context.Spawn(Props.Create(static () => new BellActor()), $"bell-{++_bells}");
            Context.Watch(_bell);
        }
    }

    private sealed record Bell;

    /// <summary>Stops when it is rung.</summary>
    private sealed class BellActor : Actor<Bell>
    {
        protected override ValueTask OnReceiveAsync(Bell message)
        {
            Context.StopSelf();
            return default;
        }
    }
}
