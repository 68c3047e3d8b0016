using System.Globalization;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace ActorBalancer.Engine.Storage.Redis;

/// <summary>Refuses servers that cannot keep what is promised, and warns of settings that keep less than they could.
/// </summary>
internal static partial class RedisServerCheck
{
    /// <summary>First version whose scripts say for themselves what they need (flags after <c>#!lua</c>).</summary>
    private const int OldestMajor = 7;

    /// <summary>Asks the server.</summary>
    /// <exception cref="TaskStoreException">It cannot be worked with; says what to do.</exception>
    public static async Task RunAsync(RedisLink link, ILogger logger)
    {
        var info = await link.AskAsync(static database => database.ExecuteAsync("INFO"));
        var facts = Parse((string?)info ?? "");
        var version = facts.GetValueOrDefault("redis_version", "");
        var isNumber = int.TryParse(
            version.AsSpan(0, Math.Max(version.IndexOf('.', StringComparison.Ordinal), 0)),
            NumberStyles.None, CultureInfo.InvariantCulture, out var major);
        if (!isNumber || major < OldestMajor)
        {
            throw new TaskStoreException(
                $"The Redis server is version '{version}'; {OldestMajor}.0 or newer is needed. Upgrade it.");
        }

        var policy = await ConfigAsync(link, "maxmemory-policy") ?? facts.GetValueOrDefault("maxmemory_policy");
        if (policy != "noeviction")
        {
            throw new TaskStoreException(
                $"Redis' maxmemory-policy is '{policy ?? "unknown"}': it would throw tasks away when its memory is "
                + "full. Set it to noeviction (CONFIG SET maxmemory-policy noeviction, and in redis.conf).");
        }

        if (facts.GetValueOrDefault("aof_enabled") != "1")
            LogNoAppendOnly(logger);
        else if (await ConfigAsync(link, "appendfsync") is { } fsync and not "always")
            LogAppendFsync(logger, fsync);
    }

    // Managed servers forbid CONFIG: then it is not known.
    private static async Task<string?> ConfigAsync(RedisLink link, string name)
    {
        try
        {
            var pair = (RedisResult[]?)await link.AskAsync(
                database => database.ExecuteAsync("CONFIG", "GET", name));
            return pair is { Length: 2 } ? (string?)pair[1] : null;
        }
        catch (RedisFailure failure) when (failure.Trouble != RedisTrouble.Away)
        {
            return null;
        }
    }

    private static Dictionary<string, string> Parse(string info)
    {
        var facts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in info.Split("\r\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
                facts[line[..colon]] = line[(colon + 1)..];
        }

        return facts;
    }

    [LoggerMessage(4105, LogLevel.Warning,
        "Redis writes no append-only file: a restart of it loses tasks. Set appendonly yes.")]
    private static partial void LogNoAppendOnly(ILogger logger);

    [LoggerMessage(4106, LogLevel.Warning,
        "Redis' appendfsync is {Fsync}: a crash of its machine loses what was acknowledged in the last moments. Set it "
        + "to always if that matters more than speed.")]
    private static partial void LogAppendFsync(ILogger logger, string fsync);
}
