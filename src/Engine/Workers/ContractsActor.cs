using ActorBalancer.Actors;
using ActorBalancer.Engine.Cluster;
using ActorBalancer.Engine.Queues;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Workers.Contracts;

namespace ActorBalancer.Engine.Workers;

/// <summary>
/// Holds all workers of one group and contract to one interface: judges them anew whenever one of them comes, goes or
/// changes, and tells the queue who is valid and which functions they share. In a cluster the workers that other nodes
/// tell of are held to the same interface; each node says the verdict of its own.
/// </summary>
internal sealed class ContractsActor(EngineContext engine, ActorRef<QueuesMessage> queues) : Actor<ContractsMessage>
{
    /// <summary>For how many lease times a worker counts that nobody tells of. Source: ours; a worker whose owner died
    /// is another's after one, and has told its new owner of itself soon after.</summary>
    private const int MemoryLeases = 2;

    private sealed record Member(WorkerTarget Target, ContractInterface Exposed, string[] FunctionNames);

    private readonly Dictionary<QueueKey, List<Member>> _members = [];
    private readonly Dictionary<WorkerTarget, QueueKey> _keys = [];
    private readonly ForeignInterfaces? _foreign = engine.Options.Cluster is { } cluster
        ? new ForeignInterfaces(engine.Clock.Time, MemoryLeases * cluster.LeaseTime)
        : null;

    private IDisposable? _subscription;

    // 1 while a word of a new picture is in the mailbox: another one would say nothing more.
    private int _pictureTold;

    protected override ValueTask PreStartAsync()
    {
        var self = Context.Self;
        if (_foreign is not null)
        {
            _subscription = Context.System.EventStream.Subscribe<ClusterFleetChanged>(_ =>
            {
                if (Interlocked.Exchange(ref _pictureTold, 1) == 0)
                    self.Tell(new PictureChanged());
            });
            Look();
        }

        return default;
    }

    protected override ValueTask PostStopAsync()
    {
        _subscription?.Dispose();
        return default;
    }

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
            case PictureChanged:
                Interlocked.Exchange(ref _pictureTold, 0);
                Look();
                break;
        }

        return ValueTask.CompletedTask;
    }

    private void Look()
    {
        var own = _keys.Keys.Select(static target => target.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var key in _foreign!.Update(engine.ClusterFleet.Workers, own))
        {
            if (_members.TryGetValue(key, out var members))
                Judge(key, members);
        }
    }

    private void Join(InterfaceReported reported)
    {
        var key = reported.Interface.Key;
        _foreign?.Forget(reported.Target.Id);
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
        var member = members.Find(member => member.Target == target)!;
        members.Remove(member);

        // It may change hands; the next picture says whether it is still there.
        if (except is null && !_keys.Keys.Any(other => string.Equals(other.Id, target.Id, StringComparison.Ordinal)))
            _foreign?.Remember(target.Id, new WorkerInterface(key, member.Exposed));
        Judge(key, members);
        if (members.Count == 0)
            _members.Remove(key);
    }

    private void Judge(QueueKey key, List<Member> members)
    {
        // The members stand first, so that the first verdicts are theirs.
        var verdicts = ContractRule.Judge(_foreign is null
            ? [.. members.Select(static m => new ContractCandidate(m.Target.Id, m.Target.Order, m.Exposed))]
            : CandidatesOf(key, members, _foreign));
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

    // Nodes come to know of workers in different orders; by URL all of them settle a tie in the same way.
    private static ContractCandidate[] CandidatesOf(QueueKey key, List<Member> members, ForeignInterfaces foreign)
    {
        var all = members.Select(static member => (Url: member.Target.Id, member.Exposed))
            .Concat(foreign.Of(key).Select(static other => (other.Url, other.Interface.Exposed)))
            .ToArray();
        var urls = all.Select(static one => one.Url).Order(StringComparer.Ordinal).ToArray();
        return
        [
            .. all.Select(one => new ContractCandidate(
                one.Url, Array.BinarySearch(urls, one.Url, StringComparer.Ordinal), one.Exposed)),
        ];
    }
}
