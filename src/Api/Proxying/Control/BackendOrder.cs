using ActorBalancer.Engine.Proxying;

namespace ActorBalancer.Api.Proxying.Control;

/// <summary>An order about a backend, as its path says it.</summary>
/// <param name="BackendId">Which one.</param>
/// <param name="State">What is wanted of it.</param>
internal sealed record BackendOrder(string BackendId, BackendState State)
{
    private const string Begin = "/_lb/backends/";

    /// <summary>Reads <c>/_lb/backends/{id}/{drain|up|down}</c>; null when the path is another.</summary>
    public static BackendOrder? Parse(string path)
    {
        if (!path.StartsWith(Begin, StringComparison.Ordinal))
            return null;
        var rest = path[Begin.Length..];
        var slash = rest.IndexOf('/');
        if (slash <= 0)
            return null;
        BackendState? state = rest[(slash + 1)..] switch
        {
            "up" => BackendState.Active,
            "drain" => BackendState.Drain,
            "down" => BackendState.Down,
            _ => null,
        };
        return state is { } wanted ? new BackendOrder(Uri.UnescapeDataString(rest[..slash]), wanted) : null;
    }
}
