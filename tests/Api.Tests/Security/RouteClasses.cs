namespace ActorBalancer.Api.Tests.Security;

/// <summary>Every route that a balancer has, with who may use it and how. Whoever adds one says so here.</summary>
internal static class RouteClasses
{
    /// <summary>Pattern, access and methods, in the order of the bytes.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
    ];
}
