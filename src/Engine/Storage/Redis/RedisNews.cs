using System.Text;
using System.Threading.Channels;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage.Redis;

/// <summary>What comes by the channels, handed on one at a time in order.</summary>
internal sealed class RedisNews(RedisTaskStore store) : IAsyncDisposable
{
    /// <summary>Messages that wait to be handed on; beyond it new ones are lost, as all of them may be.</summary>
    private const int BacklogMax = 100_000;

    private readonly Channel<(Source From, byte[] Message)> _messages =
        Channel.CreateBounded<(Source From, byte[] Message)>(
            new BoundedChannelOptions(BacklogMax) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite });

    private Task _reading = Task.CompletedTask;

    private enum Source
    {
        Wake,
        Told,
        Worker,
        Mine,
    }

    /// <summary>Subscribes.</summary>
    public async Task StartAsync()
    {
        _reading = ReadAsync();
        await ListenAsync(store.Keys.Wake, Source.Wake);
        await ListenAsync(store.Keys.Told, Source.Told);
        await ListenAsync(store.Keys.WorkerTold, Source.Worker);
        await ListenAsync(store.Keys.To(store.NodeName), Source.Mine);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _messages.Writer.TryComplete();
        await _reading;
    }

    private Task ListenAsync(string channel, Source from) =>
        store.Link.SubscribeAsync(channel, message => _messages.Writer.TryWrite((from, message)));

    private async Task ReadAsync()
    {
        await foreach (var (from, message) in _messages.Reader.ReadAllAsync())
        {
            try
            {
                Tell(from, message);
            }
            catch (Exception exception)
            {
                // One message that cannot be read, or a handler that fails, must not end the news.
                store.LogBadNews(exception);
            }
        }
    }

    private void Tell(Source from, byte[] message)
    {
        switch (from)
        {
            case Source.Wake:
                OnWake(Encoding.UTF8.GetString(message));
                break;
            case Source.Told:
                if (TaskId.TryParse(Encoding.ASCII.GetString(message), out var id))
                    store.News.TaskChanged(id);
                break;
            case Source.Worker:
                store.News.WorkerTold(Encoding.UTF8.GetString(message));
                break;
            default:
                OnMessage(message);
                break;
        }
    }

    private void OnWake(string message)
    {
        if (RedisCounts.ReadWake(message, out var name) is not { } learn || !RedisKeys.TryParseQueue(name, out var key))
            return;
        store.LearnQueue(key);
        store.FindQueue(key)?.Learn(learn);
        store.News.QueueWoken(key);
    }

    private void OnMessage(byte[] message)
    {
        switch (message.Length > 0 ? message[0] : 0)
        {
            case RedisMessages.Message:
                store.News.MessageReceived(message.AsMemory(1));
                break;
            case RedisMessages.Revoked:
                if (RedisMessages.TryReadRevoked(message, out var revoked, out var token))
                    store.News.LeaseRevoked(revoked, token);
                break;
            case RedisMessages.Ended:
                if (!RedisMessages.TryReadEnded(message, out var id, out var queue, out var reply))
                    break;
                if (reply is not null)
                    store.News.TaskReplied(id, reply);
                else
                    _ = FetchAsync(id, queue);
                break;
        }
    }

    private async Task FetchAsync(TaskId id, QueueKey queue)
    {
        try
        {
            if (await store.QueueOf(queue).FetchReplyAsync(id) is { } reply)
                store.News.TaskReplied(id, reply);
        }
        catch (TaskStoreException)
        {
            // Whoever waits looks by itself, too.
        }
    }
}
