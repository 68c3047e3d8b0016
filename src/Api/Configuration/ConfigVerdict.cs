namespace ActorBalancer.Api.Configuration;

/// <summary>What is wrong or doubtful about a text.</summary>
/// <param name="Errors">One line each.</param>
/// <param name="Warnings">One line each.</param>
internal sealed record ConfigVerdict(IReadOnlyList<string> Errors, IReadOnlyList<string> Warnings)
{
    /// <summary>Whether the balancer would start with it.</summary>
    public bool IsValid => Errors.Count == 0;
}
