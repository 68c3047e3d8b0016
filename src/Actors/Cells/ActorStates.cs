namespace ActorBalancer.Actors.Cells;

/// <summary>The moves that an actor's life may make; see <see cref="ActorState"/>.</summary>
internal static class ActorStates
{
    internal static bool CanMove(ActorState from, ActorState to) => (from, to) switch
    {
        (ActorState.Starting, ActorState.Running or ActorState.Failed or ActorState.Stopping) => true,
        (ActorState.Running, ActorState.Failed or ActorState.Stopping) => true,
        (ActorState.Failed, ActorState.Running or ActorState.Restarting or ActorState.Stopping) => true,
        (ActorState.Restarting, ActorState.BackingOff or ActorState.Running) => true,
        (ActorState.Restarting, ActorState.Failed or ActorState.Stopping) => true,
        (ActorState.BackingOff, ActorState.Running or ActorState.Failed or ActorState.Stopping) => true,
        (ActorState.Stopping, ActorState.Terminated) => true,
        _ => false,
    };
}
