using ActorBalancer.Actors;
using ActorBalancer.Engine.Queues;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Workers.Contracts;

namespace ActorBalancer.Engine.Workers;

/// <summary>
/// Holds all workers of one group and contract to one interface: judges them anew whenever one of them comes, goes or
/// changes, and tells the queue who is valid and which functions they share.
/// </summary>
internal sealed class ContractsActor(EngineContext engine, ActorRef<QueuesMessage> queues) : Actor<ContractsMessage>
{
    private sealed record Member(WorkerTarget Target, ContractInterface Exposed, string[] FunctionNames);

    private readonly Dictionary<QueueKey, List<Member>> _members = [];
    private readonly Dictionary<WorkerTarget, QueueKey> _keys = [];

    protected override ValueTask OnReceiveAsync(ContractsMessage message)
    {
        switch (message)
        {
            case InterfaceReported reported:
                Leave(reported.Target, except: reported.Interface.Key);
                Join(reported);
                break;
            case WorkerLeft left:
                Leave(left.Target, except: null);
                break;
        }

        return ValueTask.CompletedTask;
    }

    private void Join(InterfaceReported reported)
    {
        var key = reported.Interface.Key;
        if (!_members.TryGetValue(key, out var members))
            _members.Add(key, members = []);
        members.RemoveAll(member => member.Target == reported.Target);
        members.Add(new Member(reported.Target, reported.Interface.Exposed, reported.FunctionNames));
        members.Sort(static (one, other) => one.Target.Order.CompareTo(other.Target.Order));
        _keys[reported.Target] = key;
        Judge(key, members);
    }

    private void Leave(WorkerTarget target, QueueKey? except)
    {
        if (!_keys.TryGetValue(target, out var key) || key == except)
            return;
        _keys.Remove(target);
        var members = _members[key];
        members.RemoveAll(member => member.Target == target);
        Judge(key, members);
        if (members.Count == 0)
            _members.Remove(key);
    }

    private void Judge(QueueKey key, List<Member> members)
    {
        var verdicts = ContractRule.Judge(
            [.. members.Select(static m => new ContractCandidate(m.Target.Id, m.Target.Order, m.Exposed))]);
        var valid = new List<WorkerTarget>(members.Count);
        IReadOnlyCollection<string> functions = [];
        for (var i = 0; i < members.Count; i++)
        {
            var (target, _, names) = members[i];
            var reason = verdicts[i].MismatchReason;
            if (verdicts[i].IsValid)
            {
                valid.Add(target);
                functions = names;
                if (target.ContractMismatchReason is not null)
                    WorkerLog.ContractValid(engine.Logger, target.Id, key);
            }
            else if (!string.Equals(target.ContractMismatchReason, reason, StringComparison.Ordinal))
            {
                WorkerLog.ContractInvalid(engine.Logger, target.Id, key, reason!);
            }

            target.Judge(verdicts[i].IsValid, reason);
        }

        queues.Tell(new AssignWorkers(key, [.. valid], functions));
    }
}
