using ActorBalancer.Actors.Timers;

namespace ActorBalancer.Actors.Cells;

/// <summary>The actor's view of its cell; one for the cell's whole life.</summary>
internal sealed class ActorContext<TMessage>(ActorCell<TMessage> cell) : IActorContext<TMessage>
{
    private ActorTimers<TMessage>? _timers;

    public ActorRef<TMessage> Self => cell;

    public ActorSystem System => cell.System;

    public TimeProvider Time => cell.System.Time;

    public string Path => cell.Path;

    public IReadOnlyCollection<ActorRef> Children => cell.Children();

    public IActorTimers<TMessage> Timers => _timers ??= new ActorTimers<TMessage>(cell);

    /// <summary>The timers, if any were ever used.</summary>
    internal ActorTimers<TMessage>? TimersInUse => _timers;

    public ActorRef<TChild> Spawn<TChild>(Props<TChild> props, string name) => cell.Spawn(props, name);

    public void Stop(ActorRef child)
    {
        ArgumentNullException.ThrowIfNull(child);
        cell.StopChild(child);
    }

    public void StopSelf() => cell.SendSystem(new StopOrder());

    public void Watch(ActorRef actor)
    {
        ArgumentNullException.ThrowIfNull(actor);
        cell.Watch(actor);
    }

    public void Unwatch(ActorRef actor)
    {
        ArgumentNullException.ThrowIfNull(actor);
        cell.Unwatch(actor);
    }

    public void PipeToSelf<TResult>(
        Task<TResult> work, Func<TResult, TMessage> success, Func<Exception, TMessage> failure)
    {
        ArgumentNullException.ThrowIfNull(work);
        PipeToSelf(new ValueTask<TResult>(work), success, failure);
    }

    public void PipeToSelf<TResult>(
        ValueTask<TResult> work, Func<TResult, TMessage> success, Func<Exception, TMessage> failure)
    {
        ArgumentNullException.ThrowIfNull(success);
        ArgumentNullException.ThrowIfNull(failure);
        _ = PipeAsync(work, success, failure);
    }

    public void PipeToSelf(Task work, Func<TMessage> success, Func<Exception, TMessage> failure)
    {
        ArgumentNullException.ThrowIfNull(work);
        ArgumentNullException.ThrowIfNull(success);
        ArgumentNullException.ThrowIfNull(failure);
        _ = PipeAsync(WithResultAsync(work), _ => success(), failure);
    }

    private static async ValueTask<bool> WithResultAsync(Task work)
    {
        await work;
        return true;
    }

    private async Task PipeAsync<TResult>(
        ValueTask<TResult> work, Func<TResult, TMessage> success, Func<Exception, TMessage> failure)
    {
        try
        {
            TResult? result = default;
            Exception? fault = null;
            try
            {
                result = await work;
            }
            catch (Exception exception)
            {
                fault = exception;
            }

            cell.TellSelf(fault is null ? success(result!) : failure(fault));
        }
        catch (Exception exception)
        {
            // The mapping itself is broken: nothing else would ever tell the actor that its work has ended.
            cell.SendSystem(new OutsideFault(exception));
        }
    }
}
