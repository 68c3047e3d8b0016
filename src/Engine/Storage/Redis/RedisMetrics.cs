using System.Diagnostics.Metrics;

namespace ActorBalancer.Engine.Storage.Redis;

/// <summary>Counters of the meter <c>ActorBalancer.Redis</c>, of all stores of the process.</summary>
internal static class RedisMetrics
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "ActorBalancer.Redis";

    private static readonly Meter Meter = new(MeterName);

    /// <summary>Commands sent; a script is one.</summary>
    public static Counter<long> Commands { get; } = Meter.CreateCounter<long>(
        "lb_redis_commands_total", description: "Commands sent to Redis; a script is one, whatever it moves.");

    /// <summary>Tasks that ended, were enqueued or leased: what the commands moved.</summary>
    public static Counter<long> Moves { get; } = Meter.CreateCounter<long>(
        "lb_redis_moves_total", description: "Tasks enqueued, leased, given back or ended by those commands.");
}
