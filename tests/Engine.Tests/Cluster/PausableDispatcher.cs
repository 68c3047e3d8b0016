using ActorBalancer.Actors;

namespace ActorBalancer.Engine.Tests.Cluster;

/// <summary>Lets all actors of a node stand still, as a stopped process does, while the clock goes on.</summary>
internal sealed class PausableDispatcher : Dispatcher
{
    private readonly Lock _lock = new();
    private readonly Queue<IThreadPoolWorkItem> _held = [];
    private bool _paused;

    public override void Schedule(IThreadPoolWorkItem turn)
    {
        lock (_lock)
        {
            if (_paused)
            {
                _held.Enqueue(turn);
                return;
            }
        }

        ThreadPool.UnsafeQueueUserWorkItem(turn, preferLocal: false);
    }

    public void Pause()
    {
        lock (_lock)
            _paused = true;
    }

    public void Resume()
    {
        lock (_lock)
        {
            _paused = false;
            while (_held.TryDequeue(out var turn))
                ThreadPool.UnsafeQueueUserWorkItem(turn, preferLocal: false);
        }
    }
}
