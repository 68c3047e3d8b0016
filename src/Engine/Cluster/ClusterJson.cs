using System.Text.Json.Serialization;
using ActorBalancer.Engine.Workers;

namespace ActorBalancer.Engine.Cluster;

/// <summary>The workers of one node, as it tells of them.</summary>
/// <param name="Workers">All that it owns, those with a contract that differs included.</param>
internal sealed record NodeFleet(IReadOnlyList<WorkerSnapshot> Workers);

// A worker may report a number that no JSON has; that must not keep the others from being told of.
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ClusterMember))]
[JsonSerializable(typeof(NodeFleet))]
internal sealed partial class ClusterJson : JsonSerializerContext;
