using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Tests.Cluster;

/// <summary>The content of one queue; every member is used under <see cref="SharedMemory.Gate"/>. What is to be told is
/// added to a list, and told after the lock.</summary>
internal sealed class SharedMemoryQueue(SharedMemory memory, QueueKey key)
{
    /// <summary>How long a reply is kept.</summary>
    private const long ReplyMilliseconds = 60_000;

    private long _sequence;
    private long _token;

    public QueueKey Key => key;

    public Dictionary<TaskId, SharedCell> Cells { get; } = [];

    public HashSet<TaskId> Gone { get; } = [];

    public Dictionary<string, long> Leases { get; } = [];

    public Dictionary<TaskId, (SharedReply Reply, long Until)> Replies { get; } = [];

    public long? PausedUntil { get; set; }

    public IEnumerable<SharedCell> Living => Cells.Values.Where(static cell => !cell.IsEnded);

    /// <summary>What can be leased, in order.</summary>
    public IEnumerable<SharedCell> Pending => Cells.Values
        .Where(cell => cell.State == TaskState.Queued && IsFirstOfItsKey(cell))
        .OrderBy(static cell => cell.First.Priority)
        .ThenBy(static cell => cell.Sequence);

    public IEnumerable<SharedCell> Delayed =>
        Cells.Values.Where(static cell => cell.State is TaskState.Scheduled or TaskState.Retrying);

    public bool IsPaused => PausedUntil is { } until && until > memory.NowMilliseconds;

    public void Enqueue(QueuedTask task)
    {
        if (Cells.TryGetValue(task.Id, out var known) && !(task.WasArchived && known.IsEnded))
            return;
        if (Living.Count() >= memory.QueueLimit)
            throw new TaskQueueFullException(key, memory.QueueLimit);
        var isLate = task.DueAtMilliseconds > 0 && !task.WasArchived;
        Cells[task.Id] = new SharedCell(task, ++_sequence)
        {
            State = isLate ? TaskState.Scheduled : TaskState.Queued,
            Due = isLate ? task.DueAtMilliseconds : 0,
        };
        Gone.Remove(task.Id);
        task.Sequence = _sequence;
    }

    public List<QueuedTask> Lease(string node, int max)
    {
        var leased = new List<QueuedTask>();
        if (IsPaused || !Leases.TryGetValue(node, out var until) || until <= memory.NowMilliseconds)
            return leased;
        foreach (var cell in Pending.Take(max).ToList())
        {
            cell.State = TaskState.Running;
            cell.Attempt++;
            cell.Token = ++_token;
            cell.Node = node;
            cell.Running = null;
            leased.Add(cell.Lease());
        }

        return leased;
    }

    public bool Complete(QueuedTask task, long token, TaskEnd end, List<Action> news)
    {
        if (!Cells.TryGetValue(task.Id, out var cell) || cell.Token != token || cell.State != TaskState.Running)
            return false;
        EndNow(cell, task.History, end, cell.Node, news);
        return true;
    }

    public bool Retry(QueuedTask task, long token, long due, bool countAttempt, List<Action> news)
    {
        if (!Cells.TryGetValue(task.Id, out var cell) || cell.Token != token || cell.State != TaskState.Running)
            return false;
        cell.History = task.History;
        GiveBack(cell, countAttempt);
        if (due > 0)
        {
            cell.State = TaskState.Retrying;
            cell.Due = due;
        }

        TellChange(cell, news);
        Wake(news);
        return true;
    }

    public void EndNow(
        SharedCell cell, IReadOnlyList<AttemptRecord>? history, TaskEnd end, string? ender, List<Action> news)
    {
        var caller = cell.First.Caller;
        cell.State = end.State;
        cell.History = history is null ? null : [.. history];
        cell.Running = null;
        cell.Node = null;
        cell.Due = 0;
        cell.End = end;
        cell.Delivery = end.HasDelivery ? WebhookDelivery.First : null;
        cell.DeliveryTakenUntil = memory.NowMilliseconds + cell.DeliverySpan;
        cell.KeptUntil = end.KeptUntilMilliseconds ?? end.AtMilliseconds;
        if (end.Events.Count > 0)
        {
            cell.Events.Clear();
            cell.Events.AddRange(end.Events);
        }

        if (!end.HasDelivery && !(end.KeptUntilMilliseconds > end.AtMilliseconds))
        {
            Cells.Remove(cell.Id);
            if (end.KeptUntilMilliseconds is not null)
                Gone.Add(cell.Id);
        }

        var reply = new SharedReply(end.State, end.Reply);
        Replies[cell.Id] = (reply, memory.NowMilliseconds + ReplyMilliseconds);
        if (caller is not null && caller != ender)
            news.Add(() => memory.Tell(caller, told => told.TaskReplied(cell.Id, reply)));
        TellChange(cell, news);
        if (cell.First.Options.OrderingKey is not null)
            Wake(news);
    }

    /// <summary>Tasks of nodes whose leases have run out, or of one node that leaves, go back.</summary>
    public int TakeUp(Func<string, bool> isGone, bool countAttempt, List<Action> news)
    {
        foreach (var (node, _) in Leases.Where(lease => isGone(lease.Key)).ToList())
            Leases.Remove(node);
        var left = Living
            .Where(cell => cell.State == TaskState.Running && !Leases.ContainsKey(cell.Node!))
            .ToList();
        foreach (var cell in left)
        {
            GiveBack(cell, countAttempt);
            TellChange(cell, news);
        }

        if (left.Count > 0)
            Wake(news);
        return left.Count;
    }

    public int Promote(long now, List<Action> news)
    {
        var due = Delayed.Where(cell => cell.Due <= now).ToList();
        foreach (var cell in due)
        {
            cell.State = TaskState.Queued;
            cell.Due = 0;
        }

        if (due.Count > 0)
            Wake(news);
        return due.Count;
    }

    public void Expire(long now, SharedNews teller, List<Action> news)
    {
        var over = Living.Where(cell => cell is { Attempt: 0, State: not TaskState.Running }
            && cell.First.Options.TimeToLiveMilliseconds is { } life
            && cell.First.CreatedAtMilliseconds + life <= now).ToList();
        foreach (var cell in over)
        {
            var task = cell.First;
            var end = teller.TaskExpires(task, now);
            EndNow(cell, cell.History, end, null, news);
            news.Add(() => teller.TaskExpired(task, end));
        }
    }

    public void TellChange(SharedCell cell, List<Action> news)
    {
        if (cell.IsWatched)
            news.Add(() => memory.TellAll(told => told.TaskChanged(cell.Id)));
    }

    public void Wake(List<Action> news) => news.Add(() => memory.TellAll(told => told.QueueWoken(key)));

    private static void GiveBack(SharedCell cell, bool countAttempt)
    {
        cell.State = TaskState.Queued;
        cell.Node = null;
        cell.Running = null;
        if (!countAttempt)
            cell.Attempt--;
    }

    private bool IsFirstOfItsKey(SharedCell cell) => cell.First.Options.OrderingKey is not { } ordered
        || !Living.Any(other => other.First.Options.OrderingKey == ordered && other.Sequence < cell.Sequence);
}
