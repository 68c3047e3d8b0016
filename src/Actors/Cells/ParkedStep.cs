namespace ActorBalancer.Actors.Cells;

/// <summary>
/// A step of a turn that did not end at once. Made at a cell's first such step and used again for each further one.
/// </summary>
internal sealed class ParkedStep<TMessage>(Action resume)
{
    private ValueTask _step;

    /// <summary>True from parking to taking up; on the turn only.</summary>
    internal bool IsActive { get; private set; }

    /// <summary>The message being handled; the default value outside of one.</summary>
    internal TMessage? Message { get; private set; }

    /// <summary>Hands the turn over to the end of the step: the caller must not touch the cell afterwards.</summary>
    internal void Park(ValueTask step, TMessage? message)
    {
        _step = step;
        Message = message;
        IsActive = true;
        step.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(resume);
    }

    /// <summary>Takes the ended step up; throws what it ended with.</summary>
    internal void TakeUp()
    {
        var step = _step;
        _step = default;
        IsActive = false;
        step.GetAwaiter().GetResult();
    }

    /// <summary>Lets go of the message.</summary>
    internal void Clear() => Message = default;
}
