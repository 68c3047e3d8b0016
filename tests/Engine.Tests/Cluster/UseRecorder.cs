using System.Collections.Concurrent;
using ActorBalancer.Actors;
using ActorBalancer.Engine.Cluster;
using ActorBalancer.Engine.Workers;

namespace ActorBalancer.Engine.Tests.Cluster;

/// <summary>Stands where the supervisor of workers does, and knows which workers its node may call.</summary>
internal sealed class UseRecorder(UseRecorder.Book book) : Actor<WorkersMessage>
{
    /// <summary>What the recorder of a node knows; read by any thread.</summary>
    public sealed class Book
    {
        /// <summary>Workers of the node by URL, with the lease under which it has each.</summary>
        public ConcurrentDictionary<string, WorkerLease> InUse { get; } = new(StringComparer.Ordinal);

        /// <summary>While this is set, tasks run on every worker: none that is taken away gets idle.</summary>
        public bool IsBusy { get; set; }

        /// <summary>Workers that were taken away and still run tasks.</summary>
        public ConcurrentDictionary<WorkerLease, string> Running { get; } = new();

        /// <summary>True when the node would call the worker now.</summary>
        public bool Uses(string url) => InUse.TryGetValue(url, out var lease) && lease.IsHeld;
    }

    protected override ValueTask OnReceiveAsync(WorkersMessage message)
    {
        if (message is not FleetConfigured configured)
            return default;
        var named = configured.Entries.ToDictionary(static entry => entry.Url, StringComparer.Ordinal);
        foreach (var (url, lease) in book.InUse)
        {
            if (named.TryGetValue(url, out var entry) && entry.Lease == lease)
                continue;
            book.InUse.TryRemove(url, out _);
            if (book.IsBusy)
                book.Running[lease] = url;
            else
                Context.System.EventStream.Publish(new WorkerStopped(lease));
        }

        foreach (var entry in configured.Entries)
            book.InUse[entry.Url] = entry.Lease!;
        return default;
    }
}
