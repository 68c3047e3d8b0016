namespace ActorBalancer.Engine.Workers.Contracts;

/// <summary>A worker of one group and contract, as the contract rule sees it.</summary>
/// <param name="WorkerId">Its identity; not interpreted.</param>
/// <param name="KnownOrder">
/// When it became known relative to the others, the lowest is the earliest: a position in the workers file, a counter.
/// Among equals the one that stands first in the list counts as the earlier.
/// </param>
/// <param name="Interface">What it offers.</param>
public sealed record ContractCandidate(string WorkerId, long KnownOrder, ContractInterface Interface);
