using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Workers.Contracts;
using ActorBalancer.Protocol;

namespace ActorBalancer.Engine.Workers;

/// <summary>What a worker exposes: its queue and its functions.</summary>
/// <param name="Key">Group and contract.</param>
/// <param name="Exposed">The functions, in the form that the contract rule compares.</param>
internal sealed record WorkerInterface(QueueKey Key, ContractInterface Exposed)
{
    /// <summary>Reads the interface out of a health answer.</summary>
    /// <returns>Null, and the fault, when a member that routing needs is missing or out of range.</returns>
    public static WorkerInterface? Read(WorkerHealth health, out string? fault)
    {
        fault = health switch
        {
            { Group: null or "" } => "GET /health: member 'group' is missing",
            { Group.Length: > TaskLimits.NameLengthMax } => "GET /health: member 'group' is too long",
            { Contract: < 0 } => "GET /health: member 'contract' must not be negative",
            { WebsocketPort: < 0 or > 65535 } => "GET /health: member 'websocketPort' is no port",
            { Slots: null } => "GET /health: member 'slots' is missing",
            _ => null,
        };
        if (fault is not null)
            return null;
        return new WorkerInterface(
            new QueueKey(health.Group!, health.Contract), ContractInterface.Read(health.Functions));
    }
}
