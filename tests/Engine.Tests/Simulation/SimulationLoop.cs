namespace ActorBalancer.Engine.Tests.Simulation;

/// <summary>
/// All that happens in a simulated world: what is ready to run, what will be at a later moment, and the chance that
/// chooses. One thread runs everything, so the same seed gives the same world.
/// </summary>
internal sealed class SimulationLoop(int seed)
{
    private const int TraceLinesMax = 1000;

    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly List<(SimulatedLife? Life, SendOrPostCallback Run, object? State)> _ready = [];
    private readonly PriorityQueue<Action, (long Due, long Number)> _later = new();
    private readonly Queue<string> _trace = new();
    private long _armed;
    private ulong _print = 14695981039346656037;

    /// <summary>Every choice of the world, but for those of the engine.</summary>
    public Random Random { get; } = new(seed);

    /// <summary>Milliseconds since the world began.</summary>
    public long Now { get; private set; }

    /// <summary>The first promise that was broken; null while all hold.</summary>
    public string? Violation { get; private set; }

    /// <summary>A number that differs when anything went another way.</summary>
    public ulong Print => _print;

    public bool IsIdle => _ready.Count == 0;

    /// <summary>The newest events, oldest first.</summary>
    public IEnumerable<string> Trace => _trace;

    /// <summary>How often <see cref="RunOne"/> ran something.</summary>
    public long Turns { get; private set; }

    public bool Chance(double share) => Random.NextDouble() < share;

    /// <summary>Notes what happened.</summary>
    public void Tell(string text)
    {
        var line = $"{Now,6} {text}";
        foreach (var character in line)
            Mix(character);
        _trace.Enqueue(line);
        if (_trace.Count > TraceLinesMax)
            _trace.Dequeue();
    }

    /// <summary>A promise was broken; only the first is kept.</summary>
    public void Break(string promise)
    {
        Violation ??= promise;
        Tell("BROKEN: " + promise);
    }

    /// <summary>Something is ready to run in a life, or outside of all; others may pass it.</summary>
    public void Post(SimulatedLife? life, SendOrPostCallback run, object? state)
    {
        if (Environment.CurrentManagedThreadId != _thread)
        {
            // The list belongs to the loop's thread; the violation alone must be seen.
            Violation ??= $"a foreign thread posted {run.Method.Name}: {Environment.StackTrace}";
            return;
        }

        if (life is not { IsOver: true })
            _ready.Add((life, run, state));
    }

    /// <summary>Runs something in <paramref name="delay"/> milliseconds, inside <see cref="Advance"/>.</summary>
    public void In(long delay, Action action) => _later.Enqueue(action, (Now + Math.Max(0, delay), ++_armed));

    /// <summary>Runs one thing that is ready; any of them.</summary>
    public void RunOne()
    {
        var index = Random.Next(_ready.Count);
        var (life, run, state) = _ready[index];
        _ready[index] = _ready[^1];
        _ready.RemoveAt(_ready.Count - 1);
        Mix((uint)index);
        if (life is { IsOver: true })
            return;
        Turns++;
        try
        {
            Inside(life, () => run(state));
        }
        catch (Exception exception)
        {
            Break($"something threw into the loop: {exception}");
        }
    }

    /// <summary>Runs something as code of a life: what it awaits goes on in that life.</summary>
    public static void Inside(SimulatedLife? life, Action action)
    {
        var outside = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(life?.Context);
        try
        {
            action();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outside);
        }
    }

    /// <summary>Moves the clock, and does on the way what was put off until then.</summary>
    public void Advance(long milliseconds)
    {
        var target = Now + milliseconds;
        while (_later.TryPeek(out _, out var at) && at.Due <= target)
        {
            Now = Math.Max(Now, at.Due);
            Inside(null, _later.Dequeue());
        }

        Now = target;
        Mix((uint)Now);
    }

    /// <summary>Moves the clock to the next thing that was put off.</summary>
    public void AdvanceToNext()
    {
        if (_later.TryPeek(out _, out var at))
            Advance(Math.Max(0, at.Due - Now));
    }

    private void Mix(uint value) => _print = (_print ^ value) * 1099511628211;
}
