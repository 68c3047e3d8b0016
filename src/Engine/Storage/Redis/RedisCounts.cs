using System.Globalization;
using StackExchange.Redis;

namespace ActorBalancer.Engine.Storage.Redis;

/// <summary>What a queue held at one moment. Immutable.</summary>
/// <param name="Moment">Redis' clock in microseconds; the newest one counts.</param>
/// <param name="Pending">Tasks that can be leased.</param>
/// <param name="Delayed">Tasks that wait for a due time.</param>
/// <param name="Running">Tasks that any node runs.</param>
/// <param name="NextDue">The earliest due time in Unix milliseconds; null for none.</param>
/// <param name="PausedUntil">End of the pause in Unix milliseconds; null for none.</param>
internal sealed record RedisCounts(
    long Moment, int Pending, int Delayed, int Running, long? NextDue, long? PausedUntil)
{
    /// <summary>Nothing is known.</summary>
    public static RedisCounts None { get; } = new(0, 0, 0, 0, null, null);

    /// <summary>Reads what the function <c>counts</c> of the scripts gives.</summary>
    public static RedisCounts Read(RedisResult result)
    {
        var values = (RedisValue[])result!;
        return new RedisCounts(
            (long)values[0], (int)values[1], (int)values[2], (int)values[3], ReadLong(values[4]), ReadLong(values[5]));
    }

    /// <summary>Reads a message of the channel of wakes.</summary>
    /// <param name="message">Moment, pending tasks, end of the pause or <c>-</c>, and the queue.</param>
    /// <param name="queue">The name of the queue.</param>
    /// <returns>Makes the newer counts of older ones; null when it is no such message.</returns>
    public static Func<RedisCounts, RedisCounts>? ReadWake(string message, out string queue)
    {
        queue = "";
        var parts = message.Split(' ', 4);
        if (parts.Length < 4 || !long.TryParse(parts[0], CultureInfo.InvariantCulture, out var moment)
            || !int.TryParse(parts[1], CultureInfo.InvariantCulture, out var pending))
            return null;
        queue = parts[3];
        long? paused = long.TryParse(parts[2], CultureInfo.InvariantCulture, out var until) ? until : null;
        return before => before.Moment >= moment
            ? before
            : before with { Moment = moment, Pending = pending, PausedUntil = paused };
    }

    private static long? ReadLong(RedisValue value) => value.IsNullOrEmpty ? null : (long)value;
}
