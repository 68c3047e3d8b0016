namespace ActorBalancer.Actors;

/// <summary>
/// Where actors take their turns. A system without one uses the thread pool; a simulation gives its own, to choose the
/// order of all turns itself.
/// </summary>
public abstract class Dispatcher
{
    /// <summary>Has a turn taken soon, on any thread but never inside this call. Called by any thread.</summary>
    /// <param name="turn">Executed exactly once.</param>
    public abstract void Schedule(IThreadPoolWorkItem turn);
}
