using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage.Journal;

/// <summary>The part of a transaction that concerns the archive: ends of tasks, ended tasks that come back, and orders.
/// </summary>
internal sealed partial class JournalBatch
{
    /// <summary>Weight of orders after which no more are taken: everything else must have its turn.</summary>
    private const int OrdersWeightMax = 2000;

    private readonly List<EndRequest> _ends = [];
    private readonly List<EndRequest> _unkept = []; // ends that the last failure left
    private readonly List<ArchiveOrder> _orders = [];
    private readonly List<ArchiveOrder> _leftOrders = []; // patient orders that the last failure left
    private readonly HashSet<ArchiveOrder> _finished = []; // those of _orders that have done their last step
    private readonly Dictionary<QueuedTask, object?[]> _taken = []; // rows that left the archive in this transaction

    // Rows that a commit in doubt may have taken from the archive, though its task was refused: put back, in one
    // transaction with the deletion of the task's record, unless they are still there.
    private readonly List<object?[]> _putBacks = [];

    /// <summary>At the end: says to everyone that what is left will not be written.</summary>
    public void Abandon(TaskStoreException reason)
    {
        foreach (var end in _unkept)
            end.TrySetException(reason);
        foreach (var order in _leftOrders)
            order.TrySetException(reason);
        foreach (var request in _unsettled)
            request.TrySetException(reason);
    }

    private void TakeOrders()
    {
        _orders.AddRange(_leftOrders);
        _leftOrders.Clear();
        var weight = _orders.Count;
        while (weight < OrdersWeightMax && intake.TryTakeOrder(out var order))
        {
            _orders.Add(order);
            weight += order.Weight;
        }
    }

    private void Take(EndRequest end)
    {
        _ends.Add(end);
        _bodyBytes += end.Bytes;
        _recordCount++;
    }

    private static void Write(EndRequest end, JournalConnection connection, WorkerKeyCipher cipher)
    {
        var body = end.IsArchived && end.IsBodyOnDisk ? connection.Archive.ReadBody(end.Subject) : end.Body;

        // The record goes first: on a full disk the archive finds room where it was.
        if (end.MayHaveRow)
            connection.Delete(new DeletedRecord(end.Subject.Sequence, HasProgress: true));
        if (end.IsArchived)
            connection.Archive.Insert(end, body, cipher);
        else
            connection.Archive.Remember(end.Subject.Id, end.End.AtMilliseconds);
    }

    private void Write(QueuedTask task, JournalConnection connection, WorkerKeyCipher cipher)
    {
        // Null when the task has just ended: its end is what will be on disk (B5).
        var body = task.Body;
        if (body is null)
        {
            _leftOut.Add(task);
            return;
        }

        connection.Insert(
            task,
            body,
            task.WorkerKey is null ? null : cipher.Seal(task.WorkerKey),
            TaskExtras.Write(task.Options, task.TraceParent, cipher));
        if (task.History is not null)
        {
            TaskRecord.NoteProgress(task);
            connection.SaveProgress(task);
        }

        if (task.WasArchived && connection.Archive.Take(task.Id) is { } row)
            _taken.Add(task, row);
    }

    private void SucceedArchive()
    {
        _putBacks.Clear();
        _taken.Clear();
        foreach (var end in _ends)
        {
            TaskRecord.MarkEndStored(end.Subject);
            end.TrySetResult(true);
        }

        _ends.Clear();
        foreach (var order in _orders)
        {
            if (_finished.Contains(order))
                order.TrySetResult(order.Count);
            else
                intake.Submit(order);
        }

        _orders.Clear();
        _finished.Clear();
    }

    private void FailArchive(TaskStoreException reason)
    {
        _taken.Clear();
        _unkept.AddRange(_ends);
        _ends.Clear();
        foreach (var order in _orders)
        {
            if (order.IsPatient)
                _leftOrders.Add(order);
            else
                order.TrySetException(reason);
        }

        _orders.Clear();
        _finished.Clear();
    }
}
