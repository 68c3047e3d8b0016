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
/// <param name="Living">All tasks that have not ended.</param>
/// <param name="Retrying">Those of the delayed that wait for another attempt.</param>
internal sealed record RedisCounts(
    long Moment, int Pending, int Delayed, int Running, long? NextDue, long? PausedUntil, int Living, int Retrying)
{
    /// <summary>Microseconds by which a moment may be older than one that was seen before it, when answers overtake
    /// each other; what is older still comes from another clock, that of a new primary.</summary>
    private const long OvertakingMax = 10_000_000;

    /// <summary>Nothing is known.</summary>
    public static RedisCounts None { get; } = new(0, 0, 0, 0, null, null, 0, 0);

    /// <summary>True when these counts replace those.</summary>
    public bool IsNewerThan(RedisCounts before) =>
        Moment >= before.Moment || before.Moment - Moment > OvertakingMax;

    /// <summary>Reads what the function <c>counts</c> of the scripts gives.</summary>
    public static RedisCounts Read(RedisResult result)
    {
        var values = (RedisValue[])result!;
        return new RedisCounts(
            (long)values[0], (int)values[1], (int)values[2], (int)values[3], ReadLong(values[4]), ReadLong(values[5]),
            (int)values[6], (int)values[7]);
    }

    /// <summary>Reads a message of the channel of wakes: moment, pending tasks (<c>-</c> when it says nothing of
    /// counts), end of the pause or <c>-</c>, and the queue.</summary>
    /// <returns>Makes the newer counts of older ones; null when it is no such message.</returns>
    public static Func<RedisCounts, RedisCounts>? ReadWake(string message, out string queue)
    {
        var parts = message.Split(' ', 4);
        queue = parts[^1];
        if (parts.Length < 4 || !long.TryParse(parts[0], CultureInfo.InvariantCulture, out var moment))
            return null;
        if (!int.TryParse(parts[1], CultureInfo.InvariantCulture, out var pending))
            return static before => before;
        long? paused = long.TryParse(parts[2], CultureInfo.InvariantCulture, out var until) ? until : null;
        return before =>
        {
            var after = before with { Moment = moment, Pending = pending, PausedUntil = paused };
            return moment != before.Moment && after.IsNewerThan(before) ? after : before;
        };
    }

    private static long? ReadLong(RedisValue value) => value.IsNullOrEmpty ? null : (long)value;
}
