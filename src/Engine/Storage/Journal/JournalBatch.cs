using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage.Journal;

/// <summary>
/// What one transaction writes, and what follows from its end. Belongs to the writer's thread.
/// </summary>
/// <remarks>
/// B1: deletions are taken before anything else, and claimed records that wait from a failed round are checked after
/// that: so an ended task is never written after its deletion.
/// B2: inside a transaction deletions come first: a record that a failed commit left in doubt is gone before its task
/// is written again.
/// B3: after a failure the commits that somebody waits for are refused, and all else stays for the next round: the ends
/// of tasks above all, which are never refused.
/// B4: what makes room (deletions, and work in the archive) is written by a round of its own after a failure, so that
/// what finds no room cannot hold it up.
/// B5: a task that ends before its record is written leaves the record out, and its end may come a transaction later:
/// whoever waits for the task's commit is told after that one, or a crash in between would lose what was acknowledged.
/// </remarks>
internal sealed partial class JournalBatch(JournalIntake intake, BodyBudget budget)
{
    /// <summary>Records after which a transaction is closed: about 20 ms of writing, so that the first of a flood
    /// does not wait for the last (bench/Micro, QueueDepth).</summary>
    private const int RecordsMax = 8192;

    /// <summary>Records up to which deletions are taken, then ends, then those that were written behind; the rest is
    /// for commits that somebody waits for.</summary>
    private const int DeletionsMax = RecordsMax / 2;

    private const int EndsMax = RecordsMax * 5 / 8;

    private const int DueMax = RecordsMax * 3 / 4;

    /// <summary>Bytes of bodies after which it is closed: the size at which the log is cut back.</summary>
    private const long BodyBytesMax = 16L << 20;

    private readonly List<CommitRequest> _requests = [];
    private readonly HashSet<QueuedTask> _leftOut = []; // ended before they were written (B5)
    private readonly List<CommitRequest> _unsettled = []; // wait for the ends of such tasks
    private readonly List<QueuedTask> _inserts = [];
    private readonly List<QueuedTask> _updates = [];
    private readonly List<DeletedRecord> _deletions = [];
    private List<QueuedTask> _unwritten = [];
    private List<QueuedTask> _unsaved = [];
    private int _recordCount;
    private long _bodyBytes;

    /// <summary>True when there is nothing to write.</summary>
    public bool IsEmpty => _recordCount == 0 && _requests.Count == 0 && _orders.Count == 0;

    /// <summary>True when tasks are among what is to be written.</summary>
    public bool HasTasks => _inserts.Count > 0 || _ends.Count > 0;

    /// <summary>Tasks and changes that the last failure left for the next round.</summary>
    public int LeftCount =>
        _unwritten.Count + _unsaved.Count + _deletions.Count + _unkept.Count + _leftOrders.Count + _putBacks.Count;

    private bool IsFull => _recordCount >= RecordsMax || _bodyBytes >= BodyBytesMax;

    /// <summary>Takes deletions and work in the archive alone (B4).</summary>
    public void GatherRelief()
    {
        TakeOrders();
        _recordCount = _deletions.Count + _putBacks.Count;
        while (_recordCount < DeletionsMax && intake.TryTakeDeleted(out var record))
        {
            _deletions.Add(record);
            _recordCount++;
        }
    }

    /// <summary>Takes what is due from the intake, up to the size of a transaction.</summary>
    /// <param name="deletionsAlone">False leaves deletions for the next transaction when there is nothing else:
    /// they can wait, and each transaction costs a sync of the disk.</param>
    /// <param name="all">True at the end, when nothing waits any longer.</param>
    public void Gather(bool deletionsAlone, bool all)
    {
        _recordCount = 0;
        _leftOut.Clear();
        _unsettled.RemoveAll(static request => TryTell(request));
        if (!deletionsAlone && !all && LeftCount == 0 && !intake.HasWork)
            return;
        GatherRelief();
        _bodyBytes = 0;
        TakeLeft();
        while (_recordCount < EndsMax && _bodyBytes < BodyBytesMax / 4 && intake.TryTakeEnd(out var end))
            Take(end);

        // A share is kept for each kind: a flood of one cannot starve the others.
        while (_recordCount < DueMax && _bodyBytes < BodyBytesMax / 2 && intake.TryTakeDue(out var task, all))
            Take(task);
        while (!IsFull && intake.TryTakeRequest(out var request))
        {
            _requests.Add(request);
            foreach (var task in request.Tasks)
            {
                if (!Take(task))
                    _leftOut.Add(task);
            }
        }
    }

    /// <summary>Writes everything into the open transaction.</summary>
    public void Write(JournalConnection connection, WorkerKeyCipher cipher)
    {
        foreach (var record in _deletions)
            connection.Delete(record);
        foreach (var row in _putBacks)
            connection.Archive.PutBack(row);
        foreach (var end in _ends)
            Write(end, connection, cipher);
        foreach (var task in _inserts)
            Write(task, connection, cipher);

        foreach (var task in _updates)
            connection.SaveProgress(task);
        foreach (var order in _orders)
        {
            if (order.Step(connection.Archive))
                _finished.Add(order);
        }
    }

    /// <summary>After the commit: marks the records, drops bodies beyond the budget, tells who waits.</summary>
    public void Succeed()
    {
        // From the last to the first: what came last is leased last and can best do without its body in memory.
        for (var i = _inserts.Count - 1; i >= 0; i--)
        {
            var task = _inserts[i];
            var state = TaskRecord.MarkWritten(task);
            if ((state & TaskRecord.Ended) != 0)
                intake.Delete(RecordOf(task, state));
            else if (budget.IsOver)
                DropBody(task);
        }

        foreach (var task in _updates)
        {
            if (budget.IsOver)
                DropBody(task);
        }

        // The ends first: a request of this transaction may rest on one of them (B5).
        SucceedArchive();
        _unsettled.RemoveAll(static request => TryTell(request));
        foreach (var request in _requests)
        {
            if (_leftOut.Count == 0 || !Array.Exists(request.Tasks, _leftOut.Contains))
                request.TrySetResult();
            else if (!TryTell(request))
                _unsettled.Add(request);
        }

        _requests.Clear();
        _inserts.Clear();
        _updates.Clear();
        _deletions.Clear();
    }

    /// <summary>After a failure: refuses the commits that somebody waits for and keeps the rest (B3).</summary>
    public void Fail(TaskStoreException reason)
    {
        // Everything may be on disk all the same: the commit's own failure does not say.
        foreach (var request in _requests)
        {
            foreach (var task in request.Tasks)
            {
                var state = TaskRecord.MarkUnwritten(task, doubtful: true);
                _deletions.Add(RecordOf(task, state));
                if (_taken.TryGetValue(task, out var row))
                    _putBacks.Add(row);
            }
        }

        foreach (var task in _inserts)
        {
            if ((Volatile.Read(ref task.RecordState) & TaskRecord.PhaseMask) != TaskRecord.Writing)
                continue; // of a request, seen above
            var state = TaskRecord.MarkUnwritten(task, doubtful: true);
            if ((state & TaskRecord.Ended) != 0)
                _deletions.Add(RecordOf(task, state));
            else
                _unwritten.Add(task);
        }

        _unsaved.AddRange(_updates);
        foreach (var request in _requests)
            request.Refuse(reason);
        _requests.Clear();
        _inserts.Clear();
        _updates.Clear();
        FailArchive(reason);
    }

    private void TakeLeft()
    {
        foreach (var end in _unkept)
            Take(end);
        _unkept.Clear();
        if (_unwritten.Count > 0)
        {
            var left = _unwritten;
            _unwritten = [];
            foreach (var task in left)
                Take(task);
        }

        if (_unsaved.Count > 0)
        {
            var left = _unsaved;
            _unsaved = [];
            foreach (var task in left)
            {
                if (TaskRecord.HasEnded(task))
                    continue;
                _updates.Add(task);
                _recordCount++;
            }
        }
    }

    // False when the task has ended, so that nothing of it is written here.
    private bool Take(QueuedTask task)
    {
        if (TaskRecord.TryClaim(task))
        {
            _inserts.Add(task);
            _bodyBytes += task.Body?.Length ?? 0;
            _recordCount++;
        }
        else if (TaskRecord.TryClaimProgress(task))
        {
            _updates.Add(task);
            _recordCount++;
        }
        else
        {
            return !TaskRecord.HasEnded(task);
        }

        return true;
    }

    // Tells a request that rests on ends once all of them are on disk.
    private static bool TryTell(CommitRequest request)
    {
        if (Array.Exists(request.Tasks, TaskRecord.IsEndOpen))
            return false;
        request.TrySetResult();
        return true;
    }

    private void DropBody(QueuedTask task)
    {
        var bytes = task.Body?.Length ?? 0;
        if (TaskRecord.TryDropBody(task))
            budget.Remove(bytes);
    }

    private static DeletedRecord RecordOf(QueuedTask task, int state) =>
        new(task.Sequence, (state & TaskRecord.HasProgress) != 0);
}
