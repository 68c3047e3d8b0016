namespace ActorBalancer.Actors.Routing;

/// <summary>What a strategy may know of the work that it places.</summary>
/// <param name="KeyHash">Hash of the affinity key (session, client, tenant); 0 when there is none.</param>
/// <param name="Avoid">
/// A target that should not be chosen while any other is available, such as the one that failed the last attempt;
/// null for none.
/// </param>
public readonly record struct RoutingRequest(ulong KeyHash = 0, IRoutingTarget? Avoid = null);
