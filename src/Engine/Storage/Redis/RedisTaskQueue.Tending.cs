using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;
using StackExchange.Redis;

namespace ActorBalancer.Engine.Storage.Redis;

// What keeps a queue alive, and what is told of its tasks.
internal sealed partial class RedisTaskQueue
{
    /// <summary>Tasks of each kind that one script moves.</summary>
    private const int TendMax = 500;

    /// <summary>Scripts of one call: what is left waits for the next.</summary>
    private const int TendStepsMax = 20;

    /// <inheritdoc/>
    public async ValueTask<int> TendAsync(long leaseUntilMilliseconds)
    {
        var count = 0;
        for (var step = 0; step < TendStepsMax; step++)
        {
            var answer = await RunAsync(
                TendScript, _node, leaseUntilMilliseconds, (long)_store.Options.LeaseTime.TotalMilliseconds, TendMax);
            Learn(RedisCounts.Read(answer[0]));
            count += (int)answer[1];
            var oldest = (byte[]?)answer[3];
            Volatile.Write(ref _oldestCreatedAt, RedisConstants.ReadCreatedAt(oldest) ?? 0);
            if (leaseUntilMilliseconds > 0)
            {
                _mayLease = leaseUntilMilliseconds > _store.Link.NowMilliseconds;
                _wasTended = true;
            }

            await ExpireAsync((RedisResult[])answer[2]!);
            if ((int)answer[4] == 0)
                break;
        }

        return leaseUntilMilliseconds > 0 ? count + await ReclaimAsync() : count;
    }

    /// <inheritdoc/>
    public async ValueTask LeaveAsync()
    {
        _mayLease = false;
        _wasTended = true;
        var answer = await RunAsync(LeaveScript, _node);
        _handed.Clear();
        _held.Clear();
        _isLeaseOpen = false;
        Learn(RedisCounts.Read(answer[0]));
    }

    /// <inheritdoc/>
    public async ValueTask<SharedReply?> FetchReplyAsync(TaskId id)
    {
        var value = await _store.Link.AskAsync(database => database.StringGetAsync(Keys.Reply(id)));
        return value.IsNullOrEmpty ? null : RedisMessages.ReadReply((byte[])value!);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> ReportAsync(TaskId id, long token, TaskEvent told)
    {
        var written = RedisRecord.WriteEvent(told);
        var answer = await _store.Link.RunAsync(
            ReportScript, _slot, _prefix, _name, id.ToString(), token, written, told.Data?.Length ?? 0,
            TaskWatch.EventsMax, TaskWatch.EventBytesMax, RedisRecord.EventHeadBytes);
        return (int)answer == 1;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<PendingDelivery>> TakeDeliveriesAsync(
        int max, long nowMilliseconds, long untilMilliseconds)
    {
        var answer = await RunAsync(TakeDeliveriesScript, max, nowMilliseconds, untilMilliseconds);
        var taken = new List<PendingDelivery>(answer.Length);
        foreach (var entry in answer)
        {
            var values = (RedisValue[])entry!;
            if (TaskId.TryParse((string)values[0]!, out var id) && RedisRecord.ReadDelivery(values[1]) is { } delivery)
                taken.Add(new PendingDelivery(id, delivery.Tries, delivery.DueAtMilliseconds));
        }

        return taken;
    }

    /// <summary>Ends what has outlived its time to live. Whoever else tends the queue does the same: one of us does it.
    /// </summary>
    private async Task ExpireAsync(RedisResult[] entries)
    {
        if (entries.Length == 0)
            return;
        var now = _store.Link.NowMilliseconds;
        var ends = new List<Task>(entries.Length);
        foreach (var entry in entries)
        {
            var values = (RedisValue[])entry!;
            if (!TaskId.TryParse((string)values[0]!, out var id))
                continue;
            var state = (TaskState)(int)values[4];
            var task = RedisRecord.ReadTask(
                id, Key, [values[1], "", values[2], values[3], values[6], values[5], ""], state, _store.Ciphers);
            var end = _store.News.TaskExpires(task, now);
            ends.Add(ExpireAsync(task, state, end));
        }

        await Task.WhenAll(ends);
    }

    // Nobody of this node knows of it: a caller is told wherever it waits.
    private async Task ExpireAsync(QueuedTask task, TaskState state, TaskEnd end)
    {
        if (await ChangeAsync(RedisChange.End(
            task.Id, state, task.LeaseToken, task.History ?? [], end, task.Caller ?? "")))
        {
            _store.NoteEnded(task.Options, task.Id, Key, end);
            _store.News.TaskExpired(task, end);
        }
    }
}
