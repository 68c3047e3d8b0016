using ActorBalancer.Api.Configuration;

namespace ActorBalancer.Api.Status;

/// <summary>What this node is; the same from its start to its end. Immutable.</summary>
/// <param name="Id">Its name in the cluster; null outside of one.</param>
/// <param name="Role"><c>standalone</c>, <c>both</c>, <c>master</c> or <c>worker</c>.</param>
internal sealed record StatusNode(string? Id, string Role)
{
    /// <summary>The node of a process with these settings.</summary>
    public static StatusNode Of(BalancerSettings settings) => settings.Store != StoreKind.Redis
        ? new StatusNode(null, "standalone")
        : new StatusNode(
            settings.NodeId ?? NodeIdFile.LoadOrCreate(settings.DataDirectory),
            settings.Role switch
            {
                NodeRole.Master => "master",
                NodeRole.Worker => "worker",
                _ => "both",
            });
}
