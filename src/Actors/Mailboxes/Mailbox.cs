using System.Collections.Concurrent;

namespace ActorBalancer.Actors.Mailboxes;

/// <summary>Waiting user messages of one actor: any number of senders, one taker (the actor's turn).</summary>
internal class Mailbox<TMessage>
{
    private readonly ConcurrentQueue<TMessage> _queue = new();

    internal int Count => _queue.Count;

    internal bool IsEmpty => _queue.IsEmpty;

    internal void Post(TMessage message) => _queue.Enqueue(message);

    internal bool TryTake([System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out TMessage message) =>
        _queue.TryDequeue(out message);
}
