using System.Threading.Channels;

namespace ActorBalancer.Engine.Tasks;

/// <summary>How a task ended, for those who looked at it.</summary>
/// <param name="Snapshot">The task.</param>
/// <param name="Kind">What a waiting caller was told, or would have been.</param>
internal sealed record TaskEnding(TaskSnapshot Snapshot, TaskOutcomeKind Kind);

/// <summary>
/// Those who look at a living task, and what its worker told while it ran. Belongs to the queue's actor; only
/// <see cref="Leave"/> may be called by any thread.
/// </summary>
internal sealed class TaskWatch
{
    /// <summary>Events kept of what a worker told; beyond it the oldest are dropped.</summary>
    public const int EventsMax = 1000;

    /// <summary>Bytes kept of what a worker told; beyond it the oldest are dropped.</summary>
    public const int EventBytesMax = 256 * 1024;

    /// <summary>Events that a follower may be behind; beyond it its stream ends, and it may resume where it
    /// was.</summary>
    public const int FollowerBacklogMax = 2 * EventsMax;

    private readonly TaskCompletionSource<TaskEnding> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<TaskEvent> _told = [];
    private readonly List<Channel<TaskEvent>> _followers = [];
    private readonly Lock _leaving = new();
    private readonly List<Channel<TaskEvent>> _left = []; // guarded by _leaving
    private long _toldBytes;

    /// <summary>Completes when the task has ended and that is on disk; cancelled when it was not taken after all.
    /// </summary>
    public Task<TaskEnding> Ended => _ended.Task;

    /// <summary>Chunks and progress, oldest first.</summary>
    public IReadOnlyList<TaskEvent> Told => _told;

    /// <summary>Adds what the worker told, and tells the followers.</summary>
    public void Tell(TaskEvent told)
    {
        _told.Add(told);
        _toldBytes += told.Data?.Length ?? 0;
        while (_told.Count > EventsMax || (_toldBytes > EventBytesMax && _told.Count > 1))
        {
            _toldBytes -= _told[0].Data?.Length ?? 0;
            _told.RemoveAt(0);
        }

        Publish(told);
    }

    /// <summary>Tells the followers. One that is too far behind is let go.</summary>
    public void Publish(TaskEvent happened)
    {
        DropLeft();
        for (var i = _followers.Count - 1; i >= 0; i--)
        {
            if (_followers[i].Writer.TryWrite(happened))
                continue;
            _followers[i].Writer.TryComplete();
            _followers.RemoveAt(i);
        }
    }

    /// <summary>Adds a follower that has read <paramref name="past"/>.</summary>
    public Channel<TaskEvent> Follow(IEnumerable<TaskEvent> past)
    {
        DropLeft();
        var channel = MakeChannel(past);
        _followers.Add(channel);
        return channel;
    }

    /// <summary>A channel with events in it.</summary>
    public static Channel<TaskEvent> MakeChannel(IEnumerable<TaskEvent> events)
    {
        var channel = Channel.CreateBounded<TaskEvent>(
            new BoundedChannelOptions(FollowerBacklogMax)
            {
                SingleReader = true,
                FullMode = BoundedChannelFullMode.Wait,
            });
        foreach (var happened in events)
            channel.Writer.TryWrite(happened);
        return channel;
    }

    /// <summary>Any thread: a follower has lost interest.</summary>
    public void Leave(Channel<TaskEvent> follower)
    {
        lock (_leaving)
            _left.Add(follower);
    }

    /// <summary>The task has ended.</summary>
    public void End(TaskEnding ending, TaskEvent last)
    {
        Publish(last);
        LetGo();
        _ended.TrySetResult(ending);
    }

    /// <summary>The task was refused: whoever looked at it looks again.</summary>
    public void Abandon()
    {
        LetGo();
        _ended.TrySetCanceled();
    }

    /// <summary>Ends all streams; the task lives on without them.</summary>
    public void LetGo()
    {
        foreach (var follower in _followers)
            follower.Writer.TryComplete();
        _followers.Clear();
    }

    private void DropLeft()
    {
        lock (_leaving)
        {
            foreach (var follower in _left)
                _followers.Remove(follower);
            _left.Clear();
        }
    }
}
