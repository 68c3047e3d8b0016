using StackExchange.Redis;

namespace ActorBalancer.Engine.Storage.Redis;

/// <summary>What kind of trouble Redis has.</summary>
internal enum RedisTrouble
{
    /// <summary>It gives no answer: what was asked may have been done.</summary>
    Away,

    /// <summary>It answers that it cannot now: nothing was done, and it may be able to later.</summary>
    Unwilling,

    /// <summary>It answers that it never will: a fault of ours.</summary>
    Faulty,
}

/// <summary>A call to Redis failed.</summary>
internal sealed class RedisFailure(RedisTrouble trouble, string message, Exception? innerException)
    : TaskStoreException(message, innerException)
{
    /// <summary>What kind of trouble.</summary>
    public RedisTrouble Trouble { get; } = trouble;

    /// <summary>True when the server is a replica: another one is the primary.</summary>
    public bool IsReadOnly { get; private init; }

    /// <summary>True when its memory is full.</summary>
    public bool IsFull { get; private init; }

    /// <summary>Makes a sentence of what the client threw.</summary>
    public static RedisFailure Of(Exception exception, RedisOptions options) => exception switch
    {
        RedisFailure failure => failure,
        RedisServerException => OfServer(exception),
        TimeoutException => new RedisFailure(
            RedisTrouble.Away, $"Redis gave no answer within {options.Timeout.TotalMilliseconds} ms.", exception),
        ObjectDisposedException => new RedisFailure(RedisTrouble.Away, "The connection to Redis is closed.", exception),
        _ => new RedisFailure(
            RedisTrouble.Away,
            $"Redis cannot be reached at {string.Join(", ", options.Servers)}: {exception.Message}", exception),
    };

    private static RedisFailure OfServer(Exception exception)
    {
        var text = exception.Message;
        var code = text.AsSpan(0, Math.Max(text.IndexOf(' ', StringComparison.Ordinal), 0));
        return code switch
        {
            "OOM" => new RedisFailure(
                RedisTrouble.Unwilling, "Redis' memory is full (maxmemory): it takes no new tasks.", exception)
            {
                IsFull = true,
            },
            "READONLY" => new RedisFailure(
                RedisTrouble.Unwilling, "The Redis server is a read-only replica: the primary is not known.", exception)
            {
                IsReadOnly = true,
            },
            "LOADING" => new RedisFailure(RedisTrouble.Unwilling, "Redis still reads its files.", exception),
            "MISCONF" => new RedisFailure(
                RedisTrouble.Unwilling, "Redis cannot write to its disk and takes no changes.", exception),
            "ERR" or "WRONGTYPE" or "NOSCRIPT" or "CROSSSLOT" => new RedisFailure(
                RedisTrouble.Faulty, $"Redis refused a command: {text}", exception),
            _ => new RedisFailure(RedisTrouble.Unwilling, $"Redis refused a command: {text}", exception),
        };
    }
}
