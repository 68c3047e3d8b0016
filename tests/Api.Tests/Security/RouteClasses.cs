namespace ActorBalancer.Api.Tests.Security;

/// <summary>Every route that a balancer has, with who may use it and how. Whoever adds one says so here.</summary>
internal static class RouteClasses
{
    /// <summary>Pattern, access and methods, in the order of the bytes.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        "/actors BalancerKey GET, HEAD, OPTIONS",
        "/alerts BalancerKey GET, HEAD, OPTIONS",
        "/bull BalancerKey GET, HEAD, OPTIONS",
        "/dashboard BalancerKey GET, HEAD, OPTIONS",
        "/dashboard/api/workers BalancerKey GET, HEAD, OPTIONS",
        "/dashboard/assets/{**path} BalancerKey GET, HEAD, OPTIONS",
        "/dashboard/login Public GET, POST, HEAD, OPTIONS",
        "/dashboard/login.css Public GET, HEAD, OPTIONS",
        "/dashboard/logout Public POST, OPTIONS",
        "/dashboard/session BalancerKey GET, HEAD, OPTIONS",
        "/events BalancerKey GET, HEAD, OPTIONS",
        "/health PublicPart GET, HEAD, OPTIONS",
        "/health/live Public GET, HEAD, OPTIONS",
        "/health/ready Public GET, HEAD, OPTIONS",
        "/logs BalancerKey GET, HEAD, OPTIONS",
        "/nodes BalancerKey GET, HEAD, OPTIONS",
        "/proxy BalancerKey GET, HEAD, OPTIONS",
        "/queues BalancerKey GET, HEAD, OPTIONS",
        "/queues/{group}/{contract}/pause BalancerKey POST, OPTIONS",
        "/queues/{group}/{contract}/resume BalancerKey POST, OPTIONS",
        "/status BalancerKey GET, HEAD, OPTIONS",
        "/status/history BalancerKey GET, HEAD, OPTIONS",
        "/task BalancerKey POST, OPTIONS",
        "/task/{id} BalancerKey GET, DELETE, HEAD, OPTIONS",
        "/task/{id}/events BalancerKey GET, HEAD, OPTIONS",
        "/task/{id}/progress BalancerKey POST, OPTIONS",
        "/task/{id}/retry BalancerKey POST, OPTIONS",
        "/task/{id}/webhook/retry BalancerKey POST, OPTIONS",
        "/tasks BalancerKey GET, POST, DELETE, HEAD, OPTIONS",
        "/tasks/retry BalancerKey POST, OPTIONS",
        "/workers BalancerKey GET, HEAD, OPTIONS",
        "/workers/{id} BalancerKey GET, HEAD, OPTIONS",
    ];
}
