namespace ActorBalancer.Engine.Workers.Contracts;

/// <summary>What the contract rule says of a worker.</summary>
/// <param name="WorkerId">The worker.</param>
/// <param name="MismatchReason">
/// Null when the worker is valid. Else what differs, naming the function and the parameter: one line of safe text
/// (control and format characters are escaped), at most <see cref="ContractLimits.ReasonLengthMax"/> characters.
/// </param>
public sealed record ContractVerdict(string WorkerId, string? MismatchReason)
{
    /// <summary>True when the worker may be routed to.</summary>
    public bool IsValid => MismatchReason is null;
}
