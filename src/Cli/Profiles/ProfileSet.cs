namespace ActorBalancer.Cli.Profiles;

/// <summary>What the file of profiles holds.</summary>
internal sealed record ProfileSet
{
    /// <summary>The profile in use when none is named; null for none.</summary>
    public string? Current { get; init; }

    /// <summary>Profiles by name.</summary>
    public SortedDictionary<string, Profile> Profiles { get; init; } = new(StringComparer.Ordinal);
}
