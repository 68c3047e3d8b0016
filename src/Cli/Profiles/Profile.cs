namespace ActorBalancer.Cli.Profiles;

/// <summary>How one balancer is reached, under a name. Immutable.</summary>
internal sealed record Profile
{
    /// <summary>Base address; null for the default one.</summary>
    public string? Url { get; init; }

    /// <summary>The balancer's key; null for that of the environment.</summary>
    public string? Key { get; init; }

    /// <summary>Path of certificates that are trusted; null for the system's.</summary>
    public string? Ca { get; init; }

    /// <summary>Certificates are not checked.</summary>
    public bool Insecure { get; init; }
}
