using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage.Journal;

/// <summary>Something that the writer is to do in the archive. Completes after the commit with the number of ended
/// tasks that it took away.</summary>
internal abstract class ArchiveOrder() : TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    /// <summary>Rows that one step changes at most: some milliseconds of writing.</summary>
    protected const int StepRows = 500;

    /// <summary>What it has done, committed or not.</summary>
    public int Count { get; protected set; }

    /// <summary>What a step weighs beside others in one transaction.</summary>
    public virtual int Weight => 1;

    /// <summary>True when it is tried again after a failure; false when its sender is told.</summary>
    public virtual bool IsPatient => false;

    /// <summary>Does the next step in the open transaction.</summary>
    /// <returns>True when it was the last.</returns>
    public abstract bool Step(ArchiveWriter archive);
}

/// <summary>Deletes ended tasks; the memory of them stays.</summary>
internal sealed class DeleteOrder(IReadOnlyList<TaskId> ids, long nowMilliseconds) : ArchiveOrder
{
    private int _next;

    public override int Weight => StepRows;

    public override bool Step(ArchiveWriter archive)
    {
        var end = Math.Min(ids.Count, _next + StepRows);
        for (; _next < end; _next++)
        {
            if (archive.Delete(ids[_next], nowMilliseconds))
                Count++;
        }

        return _next == ids.Count;
    }
}

/// <summary>Deletes what is not to be kept any longer.</summary>
internal sealed class SweepOrder(long nowMilliseconds) : ArchiveOrder
{
    public override int Weight => StepRows;

    public override bool Step(ArchiveWriter archive)
    {
        var count = archive.Sweep(nowMilliseconds, StepRows);
        Count += count;
        return archive.Forget(nowMilliseconds, StepRows) && count < StepRows;
    }
}

/// <summary>Writes how a delivery stands. Patient: a result that was delivered is not to be delivered again.</summary>
internal sealed class DeliveryOrder(TaskId id, WebhookDelivery delivery, long keptUntilMilliseconds) : ArchiveOrder
{
    public override bool IsPatient => true;

    public override bool Step(ArchiveWriter archive)
    {
        archive.SaveDelivery(id, delivery, keptUntilMilliseconds);
        return true;
    }
}

/// <summary>Writes or deletes a pause.</summary>
internal sealed class PauseOrder(QueueKey key, long? untilMilliseconds) : ArchiveOrder
{
    public override bool Step(ArchiveWriter archive)
    {
        archive.SavePause(key, untilMilliseconds);
        return true;
    }
}

/// <summary>Writes or deletes that a worker is to get no new tasks.</summary>
internal sealed class DrainOrder(string url, bool isDraining) : ArchiveOrder
{
    public override bool Step(ArchiveWriter archive)
    {
        archive.SaveDrain(url, isDraining);
        return true;
    }
}

/// <summary>Writes functions that were seen. Patient: nobody waits, and nobody would say it again.</summary>
internal sealed class FunctionsOrder(QueueKey key, IReadOnlyList<string> functions) : ArchiveOrder
{
    public override bool IsPatient => true;

    public override bool Step(ArchiveWriter archive)
    {
        foreach (var function in functions)
            archive.SaveFunction(key, function);
        return true;
    }
}
