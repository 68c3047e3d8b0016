namespace ActorBalancer.Api.Configuration;

/// <summary>What REDIS_URL says.</summary>
/// <param name="Servers">Each as <c>host:port</c>; 1 or more.</param>
/// <param name="User">Null for the default user.</param>
/// <param name="Password">Null for none.</param>
/// <param name="Database">0 or more.</param>
/// <param name="UseTls">True for <c>rediss://</c>.</param>
internal sealed record RedisUrl(
    IReadOnlyList<string> Servers, string? User, string? Password, int Database, bool UseTls)
{
    /// <summary>Says nothing of the password.</summary>
    public override string ToString() => string.Join(',', Servers);
}
