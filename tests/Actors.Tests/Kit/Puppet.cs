namespace ActorBalancer.Actors.Tests.Kit;

/// <summary>A message that says itself what the actor shall do on its turn.</summary>
internal delegate ValueTask Act(Puppet puppet);

/// <summary>What a puppet does besides its messages; null and empty do nothing.</summary>
internal sealed record PuppetScript
{
    /// <summary>Gets a line for each hook, such as <c>PreStart 1</c>, where 1 is the number of the instance.</summary>
    public ActorRef<string>? Log { get; init; }

    public SupervisorStrategy Strategy { get; init; } = SupervisorStrategy.Default;

    public Func<Puppet, ValueTask>? PreStart { get; init; }

    public Func<Puppet, ValueTask>? PostStop { get; init; }

    /// <summary>Instead of the default, which stops the children and then calls PostStop.</summary>
    public Func<Puppet, Exception, Act?, ValueTask>? PreRestart { get; init; }

    public Func<Puppet, Exception, ValueTask>? PostRestart { get; init; }

    public Func<Puppet, Terminated, ValueTask>? OnTerminated { get; init; }

    /// <summary>Instances made so far.</summary>
    internal Counter Instances { get; } = new();

    internal sealed class Counter
    {
        private int _value;

        internal int Value => Volatile.Read(ref _value);

        internal int Next() => Interlocked.Increment(ref _value);
    }
}

/// <summary>An actor that does what each message says.</summary>
internal sealed class Puppet : Actor<Act>
{
    private readonly PuppetScript _script;

    internal Puppet(PuppetScript script)
    {
        _script = script;
        Number = script.Instances.Next();
    }

    /// <summary>1 for the first instance, one more for each restart.</summary>
    internal int Number { get; }

    /// <summary>State that a restart loses.</summary>
    internal int State { get; set; }

    internal new IActorContext<Act> Context => base.Context;

    protected override SupervisorStrategy SupervisorStrategy => _script.Strategy;

    internal static Props<Act> Props(PuppetScript? script = null)
    {
        script ??= new PuppetScript();
        return Actors.Props.Create(() => new Puppet(script));
    }

    internal void Log(string line) => _script.Log?.Tell(line);

    internal ActorRef<Act> Spawn(string name, PuppetScript? script = null) => Context.Spawn(Props(script), name);

    protected override ValueTask OnReceiveAsync(Act message) => message(this);

    protected override ValueTask PreStartAsync()
    {
        Log($"PreStart {Number}");
        return _script.PreStart?.Invoke(this) ?? default;
    }

    protected override ValueTask PostStopAsync()
    {
        Log($"PostStop {Number}");
        return _script.PostStop?.Invoke(this) ?? default;
    }

    protected override ValueTask PreRestartAsync(Exception cause, Act? message)
    {
        Log($"PreRestart {Number} {cause.Message}");
        return _script.PreRestart?.Invoke(this, cause, message) ?? base.PreRestartAsync(cause, message);
    }

    protected override async ValueTask PostRestartAsync(Exception cause)
    {
        Log($"PostRestart {Number} {cause.Message}");
        if (_script.PostRestart is { } hook) await hook(this, cause);
        await base.PostRestartAsync(cause);
    }

    protected override ValueTask OnTerminatedAsync(Terminated terminated)
    {
        Log($"Terminated {terminated.Actor.Path}");
        return _script.OnTerminated?.Invoke(this, terminated) ?? default;
    }
}
