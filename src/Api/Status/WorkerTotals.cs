using System.Runtime.InteropServices;
using ActorBalancer.Engine.Workers;

namespace ActorBalancer.Api.Status;

/// <summary>The sums over all workers at one moment.</summary>
/// <param name="Count">Workers, the invalid ones among them.</param>
/// <param name="Ready">Valid ones that say so.</param>
/// <param name="Maintenance">Valid ones that say so.</param>
/// <param name="Offline">Valid ones that do not answer.</param>
/// <param name="Invalid">Those whose interface is not that of their group and contract.</param>
/// <param name="Draining">Those that get no more tasks, by order.</param>
/// <param name="SlotsUsed">Slots of valid workers that are taken.</param>
/// <param name="SlotsLimit">Slots of valid workers.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct WorkerTotals(
    int Count, int Ready, int Maintenance, int Offline, int Invalid, int Draining, long SlotsUsed, long SlotsLimit)
{
    /// <summary>Adds them up.</summary>
    public static WorkerTotals Of(FleetSnapshot fleet)
    {
        var totals = new WorkerTotals
        {
            Count = fleet.Workers.Count + fleet.InvalidWorkers.Count,
            Invalid = fleet.InvalidWorkers.Count,
            Draining = fleet.Workers.Concat(fleet.InvalidWorkers).Count(static worker => worker.IsDraining),
        };
        foreach (var worker in fleet.Workers)
        {
            totals = totals with
            {
                Ready = totals.Ready + (worker.Status == "ready" ? 1 : 0),
                Maintenance = totals.Maintenance + (worker.Status == "maintenance" ? 1 : 0),
                Offline = totals.Offline + (worker.Status == "offline" ? 1 : 0),
                SlotsUsed = totals.SlotsUsed + worker.Slots.Used,
                SlotsLimit = totals.SlotsLimit + worker.Slots.Limit,
            };
        }

        return totals;
    }
}
