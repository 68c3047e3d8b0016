namespace ActorBalancer.Engine.Workers.Contracts;

/// <summary>
/// The contract rule: all workers of one group and contract must offer the same functions with the same parameters.
/// Those that differ are not routed to until they agree again or their contract number changes. Pure functions.
/// </summary>
public static class ContractRule
{
    /// <summary>
    /// Judges all known workers of one group and contract. The interface that most of them offer is the reference;
    /// on a tie, the one whose earliest known worker was known first. An interface with a fault is never the reference.
    /// </summary>
    /// <param name="workers">The workers, in any order.</param>
    /// <returns>A verdict for each worker, in the order of <paramref name="workers"/>.</returns>
    public static IReadOnlyList<ContractVerdict> Judge(IReadOnlyList<ContractCandidate> workers)
    {
        ArgumentNullException.ThrowIfNull(workers);
        (ContractInterface? reference, int supporters) = FindReference(workers);
        var reasons = new Dictionary<ContractInterface, string?>();
        var verdicts = new ContractVerdict[workers.Count];
        for (int index = 0; index < verdicts.Length; index++)
        {
            // After a faulty rollout many workers differ in the same way: the reason is worked out once.
            ContractInterface offered = workers[index].Interface;
            if (!reasons.TryGetValue(offered, out string? reason))
            {
                // Without a reference every interface has a fault of its own.
                reason = offered.Fault ?? ContractDifference.Describe(offered, reference!, supporters, workers.Count);
                reasons.Add(offered, reason);
            }

            verdicts[index] = new ContractVerdict(workers[index].WorkerId, reason);
        }

        return verdicts;
    }

    private static (ContractInterface? Reference, int Supporters) FindReference(
        IReadOnlyList<ContractCandidate> workers)
    {
        // OrderBy is stable, so equal orders of being known stay in the order of the list; and so do the groups, each
        // standing where its earliest worker stands. MaxBy takes the first of the largest.
        IGrouping<ContractInterface, ContractCandidate>? largest = workers
            .Where(worker => worker.Interface.Fault is null)
            .OrderBy(worker => worker.KnownOrder)
            .GroupBy(worker => worker.Interface)
            .MaxBy(group => group.Count());
        return (largest?.Key, largest?.Count() ?? 0);
    }
}
