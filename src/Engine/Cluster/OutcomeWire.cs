using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Cluster;

/// <summary>An outcome on its way from the node that ran the task to the node whose caller waits.</summary>
internal static class OutcomeWire
{
    /// <summary>Writes everything that the caller is told; not for <see cref="TaskOutcomeKind.Streaming"/>.</summary>
    public static byte[] Encode(TaskOutcome outcome) => throw new NotSupportedException($"{outcome.Kind}");

    /// <summary>Reads it; makes a sentence of the state when there is no reply.</summary>
    public static TaskOutcome Decode(SharedReply reply) => throw new NotSupportedException($"{reply}");
}
