namespace ActorBalancer.Api.Configuration;

/// <summary>A key that the balancer made for itself.</summary>
/// <param name="Key">The key; never logged.</param>
/// <param name="Path">The file that keeps it, absolute or as the data directory was given.</param>
/// <param name="IsNew">Whether it was made just now; then it is shown once, on standard output.</param>
internal sealed record AuthKey(string Key, string Path, bool IsNew)
{
    /// <summary>Says nothing of the key.</summary>
    public override string ToString() => Path;
}
