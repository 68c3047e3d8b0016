using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage.Redis;

/// <summary>A call that puts tasks into a queue: it is done when each of them was answered.</summary>
internal sealed class RedisEnqueueCall(int count)
    : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
{
    private int _left = count;
    private Exception? _failure;

    /// <summary>One of its tasks is in the queue, or will not be.</summary>
    /// <param name="failure">Why not; null when it is. The first one is told.</param>
    public void Answer(Exception? failure)
    {
        if (failure is not null)
            Interlocked.CompareExchange(ref _failure, failure, null);
        if (Interlocked.Decrement(ref _left) > 0)
            return;
        if (Volatile.Read(ref _failure) is { } first)
            TrySetException(first);
        else
            TrySetResult();
    }
}

/// <summary>One task on its way into a queue.</summary>
/// <param name="Subject">The task.</param>
/// <param name="Constants">What never changes of it.</param>
/// <param name="Call">Its call.</param>
internal sealed record RedisEnqueueItem(QueuedTask Subject, byte[] Constants, RedisEnqueueCall Call) : IRedisBatchItem
{
    private int _answered;

    /// <inheritdoc/>
    public int Bytes { get; } = Constants.Length + Subject.Body!.Length;

    /// <inheritdoc/>
    public bool IsDropped => Volatile.Read(ref _answered) != 0;

    /// <summary>It is in the queue, or will not be; the first answer counts.</summary>
    public void Answer(Exception? failure)
    {
        if (Interlocked.Exchange(ref _answered, 1) == 0)
            Call.Answer(failure);
    }
}
