using ActorBalancer.Engine.Telemetry;
using ActorBalancer.Engine.Workers;

namespace ActorBalancer.Engine;

// What operators look at and steer.
public sealed partial class BalancerEngine
{
    private long _startedAt; // Unix milliseconds; 0 before the start

    /// <summary>What was counted since the start at this node: tasks it took in, attempts it ran, tasks it ended.
    /// </summary>
    public EngineFigures Figures => _context.Figures.Read(_context.Routes.All.Sum(static route => (long)route.Running));

    /// <summary>The histograms of tasks, by group and function.</summary>
    public IReadOnlyList<LatencyFamily> Histograms => _taskMetrics.Histograms;

    /// <summary>All workers by URL, those with a contract that differs included; in a cluster those of all nodes.
    /// </summary>
    public IReadOnlyList<WorkerSnapshot> Workers
    {
        get
        {
            var fleet = Fleet;
            var workers = new List<WorkerSnapshot>(fleet.Workers.Count + fleet.InvalidWorkers.Count);
            workers.AddRange(fleet.Workers);
            workers.AddRange(fleet.InvalidWorkers);
            workers.Sort(static (one, other) => string.CompareOrdinal(one.Url, other.Url));
            return workers;
        }
    }

    /// <summary>The nodes, and which workers each owns.</summary>
    public NodesView Nodes
    {
        get
        {
            var workers = Workers;
            if (_node is not { } node)
                return new NodesView(false, [Alone(workers)]);
            var owned = workers.ToLookup(static worker => worker.Node, static worker => worker.Url);
            return new NodesView(true, [.. node.Members.Select(member => new NodeView
            {
                Id = member.Id,
                IsSelf = string.Equals(member.Id, node.Id, StringComparison.Ordinal),
                IsEngine = member.IsEngine,
                IsApi = member.IsApi,
                Host = member.Host,
                ProcessId = member.ProcessId,
                Version = member.Version,
                StartedAtMilliseconds = member.StartedAtMilliseconds,
                IsLeaving = member.IsLeaving,
                Owns = [.. owned[member.Id]],
            })]);
        }
    }

    private NodeView Alone(IReadOnlyList<WorkerSnapshot> workers) => new()
    {
        Id = null,
        IsSelf = true,
        IsEngine = true,
        IsApi = true,
        Host = Environment.MachineName,
        ProcessId = Environment.ProcessId,
        Version = ProgramVersion.Text,
        StartedAtMilliseconds = Volatile.Read(ref _startedAt),
        IsLeaving = _draining,
        Owns = [.. workers.Select(static worker => worker.Url)],
    };
}
