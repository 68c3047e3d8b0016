namespace ActorBalancer.Actors;

/// <summary>Where an actor is in its life. Only its own turn moves it on.</summary>
public enum ActorState
{
    /// <summary>Spawned; the instance is made and its PreStart runs. Leaves to Running, Failed or Stopping.</summary>
    Starting,

    /// <summary>Handles messages. Leaves to Failed or Stopping.</summary>
    Running,

    /// <summary>Failed; the mailbox is kept. The parent sends it to Running, Restarting or Stopping.</summary>
    Failed,

    /// <summary>
    /// The old instance has ended; children that it stopped are still stopping. Leaves to BackingOff, to Running or
    /// Failed when there is no back-off, or to Stopping.
    /// </summary>
    Restarting,

    /// <summary>Waits to be made anew; the mailbox is kept. Leaves to Running, Failed or Stopping.</summary>
    BackingOff,

    /// <summary>Waits for its children to stop, then runs PostStop. Leaves to Terminated.</summary>
    Stopping,

    /// <summary>Gone for good. Messages become dead letters, watchers are answered at once.</summary>
    Terminated,
}
