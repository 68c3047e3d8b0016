using System.Collections.Frozen;
using System.Diagnostics.Metrics;

namespace ActorBalancer.Api.Metrics;

/// <summary>Instruments of the runtime and of its server that are shown too, and under which name. All others are left
/// out: some say what <c>process_*</c> says, some would cost each request more than it is worth.</summary>
internal static class ForeignInstruments
{
    /// <summary>Meter of the runtime.</summary>
    public const string RuntimeMeter = "System.Runtime";

    /// <summary>Meter of the server.</summary>
    public const string ServerMeter = "Microsoft.AspNetCore.Server.Kestrel";

    private static readonly FrozenDictionary<string, (string Family, MetricKind Kind)> Known =
        new Dictionary<string, (string, MetricKind)>(StringComparer.Ordinal)
        {
            ["dotnet.exceptions"] = ("dotnet_exceptions", MetricKind.Counter),
            ["dotnet.gc.collections"] = ("dotnet_gc_collections", MetricKind.Counter),
            ["dotnet.gc.heap.total_allocated"] = ("dotnet_gc_allocated_bytes", MetricKind.Counter),
            ["dotnet.gc.last_collection.heap.size"] = ("dotnet_gc_heap_size_bytes", MetricKind.Gauge),
            ["dotnet.gc.last_collection.memory.committed_size"] = ("dotnet_gc_committed_bytes", MetricKind.Gauge),
            ["dotnet.gc.pause.time"] = ("dotnet_gc_pause_seconds", MetricKind.Counter),
            ["dotnet.jit.compilation.time"] = ("dotnet_jit_compilation_seconds", MetricKind.Counter),
            ["dotnet.monitor.lock_contentions"] = ("dotnet_lock_contentions", MetricKind.Counter),

            // The runtime calls these two counters, but they go up and down.
            ["dotnet.thread_pool.queue.length"] = ("dotnet_thread_pool_queue_length", MetricKind.Gauge),
            ["dotnet.thread_pool.thread.count"] = ("dotnet_thread_pool_threads", MetricKind.Gauge),
            ["dotnet.thread_pool.work_item.count"] = ("dotnet_thread_pool_work_items", MetricKind.Counter),
            ["dotnet.timer.count"] = ("dotnet_timers", MetricKind.Gauge),
            ["kestrel.active_connections"] = ("kestrel_active_connections", MetricKind.Gauge),
            ["kestrel.queued_connections"] = ("kestrel_queued_connections", MetricKind.Gauge),
            ["kestrel.rejected_connections"] = ("kestrel_rejected_connections", MetricKind.Counter),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>All families and what they are.</summary>
    public static IEnumerable<(string Family, MetricKind Kind)> All => Known.Values;

    /// <summary>Family and kind of an instrument; null when it is not shown.</summary>
    public static (string Family, MetricKind Kind)? Find(Instrument instrument) =>
        instrument.Meter.Name is RuntimeMeter or ServerMeter && Known.TryGetValue(instrument.Name, out var found)
            ? found
            : null;
}
