namespace ActorBalancer.Api.Hosting;

/// <summary>Who may use a route.</summary>
internal enum RouteAccess
{
    /// <summary>Whoever has the balancer's key.</summary>
    BalancerKey,

    /// <summary>Everyone sees a part, whoever has the key sees all; a wrong key is refused.</summary>
    PublicPart,

    /// <summary>Everyone; keys are not looked at.</summary>
    Public,
}
