using System.Runtime.CompilerServices;
using ActorBalancer.Api.Metrics;
using ActorBalancer.Engine;
using ActorBalancer.Engine.Proxying;
using ActorBalancer.Engine.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace ActorBalancer.Api.Tests.Metrics;

/// <summary>Every metric that the server can export, by name, as the text format writes it.</summary>
internal static class MetricsCatalogue
{
    public static async Task<IReadOnlyDictionary<string, MetricKind>> ReadAsync()
    {
        // Those that stand alone are made with the first use of what they count.
        RuntimeHelpers.RunClassConstructor(typeof(StreamMetrics).TypeHandle);
        RuntimeHelpers.RunClassConstructor(
            typeof(BalancerEngine).Assembly.GetType("ActorBalancer.Engine.Storage.Redis.RedisMetrics")!.TypeHandle);
        var time = TimeProvider.System;
        var options = new EngineOptions { BalancerKey = "key", WorkersFile = "workers.json" };
        await using var engine = new BalancerEngine(
            options, LocalTaskStore.InMemory(time), time, NullLogger.Instance);
        await using var proxy = new ProxyEngine(engine.ActorSystem, time, NullLogger.Instance);
        using var meters = new BalancerMeters(engine, time);
        using var collector = new MetricsCollector(
            engine.ActorSystem, () => [.. engine.Histograms, proxy.Latencies], NullLogger.Instance);
        return collector.Describe()
            .Where(static family => !family.Name.StartsWith("dotnet_", StringComparison.Ordinal))
            .Where(static family => !family.Name.StartsWith("kestrel_", StringComparison.Ordinal))
            .Select(static family => (family.Name, family.Kind))
            .Concat(ForeignInstruments.All)
            .ToDictionary(
                static family => family.Kind == MetricKind.Counter ? family.Item1 + "_total" : family.Item1,
                static family => family.Kind,
                StringComparer.Ordinal);
    }
}
