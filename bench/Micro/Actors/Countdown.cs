namespace ActorBalancer.Micro.Actors;

/// <summary>Ends when all of many have signalled.</summary>
internal sealed class Countdown(int count)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _left = count;

    internal Task Done => _done.Task;

    internal void Signal()
    {
        if (Interlocked.Decrement(ref _left) == 0) _done.SetResult();
    }
}
