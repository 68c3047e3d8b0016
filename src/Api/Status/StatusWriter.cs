using System.Text.Json;
using ActorBalancer.Api.Tasks;
using ActorBalancer.Engine;

namespace ActorBalancer.Api.Status;

/// <summary>Writes <c>GET /status</c>. Thread-safe.</summary>
/// <param name="source">Where the figures come from.</param>
/// <param name="node">This node.</param>
/// <param name="sampler">The samples.</param>
/// <param name="openStreams">How many event streams are open.</param>
internal sealed class StatusWriter(StatusSource source, StatusNode node, StatusSampler sampler, Func<int> openStreams)
{
    /// <summary>Writes how things stand at this moment.</summary>
    public void Write(Utf8JsonWriter json)
    {
        var now = sampler.Read();
        json.WriteStartObject();
        TaskDocument.WriteTime(json, "at"u8, now.At.ToUnixTimeMilliseconds());
        json.WriteString("state"u8, source.Balancer.State switch
        {
            BalancerState.Ready => "ready"u8,
            BalancerState.Draining => "draining"u8,
            _ => "unreachable"u8,
        });
        WriteNode(json);
        WriteStore(json);
        WriteTasks(json, now);
        json.WriteStartObject("latencyMs"u8);
        Write(json, "wait"u8, now.Wait);
        Write(json, "run"u8, now.Run);
        Write(json, "total"u8, now.Total);
        json.WriteEndObject();
        WriteQueues(json, now.Queues);
        WriteWorkers(json, now.Workers);
        WriteProxy(json, now);
        json.WriteStartObject("nodes"u8);
        json.WriteNumber("count"u8, source.Nodes());
        json.WriteEndObject();
        WriteProcess(json, now);
        json.WriteStartObject("streams"u8);
        json.WriteNumber("open"u8, openStreams());
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void WriteNode(Utf8JsonWriter json)
    {
        json.WriteStartObject("node"u8);
        json.WriteString("id"u8, node.Id);
        json.WriteString("version"u8, ProgramVersion.Text);
        json.WriteString("role"u8, node.Role);
        json.WriteString("host"u8, Environment.MachineName);
        json.WriteNumber("processId"u8, Environment.ProcessId);
        TaskDocument.WriteTime(json, "startedAt"u8, sampler.StartedAt.ToUnixTimeMilliseconds());
        json.WriteNumber("uptimeSeconds"u8, Math.Round(sampler.Uptime.TotalSeconds, 3));
        json.WriteEndObject();
    }

    // There is one store; what else the engine may depend on one day is in /health.
    private void WriteStore(Utf8JsonWriter json)
    {
        var (name, state) = source.Balancer.Services.FirstOrDefault();
        json.WriteStartObject("store"u8);
        json.WriteString("name"u8, name);
        json.WriteString("state"u8, state);
        json.WriteEndObject();
    }

    private static void WriteTasks(Utf8JsonWriter json, StatusNow now)
    {
        var figures = now.Sample.Figures;
        json.WriteStartObject("tasks"u8);
        json.WriteNumber("submitted"u8, figures.Submitted);
        json.WriteNumber("succeeded"u8, figures.Succeeded);
        json.WriteNumber("dead"u8, figures.Dead);
        json.WriteNumber("cancelled"u8, figures.Cancelled);
        json.WriteNumber("expired"u8, figures.Expired);
        json.WriteNumber("attempts"u8, figures.Attempts);
        json.WriteNumber("retries"u8, figures.Retries);
        json.WriteNumber("submittedPerSecond"u8, Rounded(now.Rates.Submitted));
        json.WriteNumber("completedPerSecond"u8, Rounded(now.Rates.Completed));
        json.WriteNumber("failedPerSecond"u8, Rounded(now.Rates.Failed));
        json.WriteNumber("waiting"u8, now.Queues.Waiting);
        json.WriteNumber("running"u8, now.Queues.Running);
        json.WriteNumber("scheduled"u8, now.Queues.Scheduled);
        json.WriteNumber("deadKept"u8, now.Queues.DeadKept);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, LatencyQuantiles values)
    {
        json.WriteStartObject(name);
        HistoryWriter.WriteNumber(json, "p50"u8, values.P50);
        HistoryWriter.WriteNumber(json, "p95"u8, values.P95);
        HistoryWriter.WriteNumber(json, "p99"u8, values.P99);
        json.WriteEndObject();
    }

    private static void WriteQueues(Utf8JsonWriter json, QueueTotals queues)
    {
        json.WriteStartObject("queues"u8);
        json.WriteNumber("count"u8, queues.Count);
        json.WriteNumber("paused"u8, queues.Paused);
        HistoryWriter.WriteNumber(json, "oldestAgeMs"u8, queues.OldestAgeMilliseconds);
        json.WriteEndObject();
    }

    private static void WriteWorkers(Utf8JsonWriter json, WorkerTotals workers)
    {
        json.WriteStartObject("workers"u8);
        json.WriteNumber("count"u8, workers.Count);
        json.WriteNumber("ready"u8, workers.Ready);
        json.WriteNumber("maintenance"u8, workers.Maintenance);
        json.WriteNumber("offline"u8, workers.Offline);
        json.WriteNumber("invalid"u8, workers.Invalid);
        json.WriteNumber("draining"u8, workers.Draining);
        json.WriteNumber("slotsUsed"u8, workers.SlotsUsed);
        json.WriteNumber("slotsLimit"u8, workers.SlotsLimit);
        json.WriteEndObject();
    }

    private static void WriteProxy(Utf8JsonWriter json, StatusNow now)
    {
        var proxy = now.Sample.Proxy;
        json.WriteStartObject("proxy"u8);
        json.WriteNumber("pools"u8, proxy.Pools);
        json.WriteNumber("backends"u8, proxy.Backends);
        json.WriteNumber("healthy"u8, proxy.Healthy);
        json.WriteNumber("active"u8, proxy.Active);
        json.WriteNumber("requestsPerSecond"u8, Rounded(now.Rates.ProxyRequests));
        json.WriteNumber("errorsPerSecond"u8, Rounded(now.Rates.ProxyErrors));
        json.WriteEndObject();
    }

    private static void WriteProcess(Utf8JsonWriter json, StatusNow now)
    {
        var process = now.Sample.Process;
        json.WriteStartObject("process"u8);
        json.WriteNumber("cpuPercent"u8, Rounded(now.Rates.CpuPercent));
        json.WriteNumber("memoryBytes"u8, process.MemoryBytes);
        json.WriteNumber("heapBytes"u8, process.HeapBytes);
        json.WriteNumber("threads"u8, process.Threads);
        json.WriteEndObject();
    }

    // More digits would be noise.
    private static double Rounded(double value) => Math.Round(value, 3);
}
