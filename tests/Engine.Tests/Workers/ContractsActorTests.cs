using ActorBalancer.Actors;
using ActorBalancer.Engine.Cluster;
using ActorBalancer.Engine.Queues;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Tests.Cluster;
using ActorBalancer.Engine.Tests.Workers.Contracts;
using ActorBalancer.Engine.Workers;
using ActorBalancer.Protocol;
using ActorBalancer.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Workers;

/// <summary>The verdicts of one node of a cluster, with pictures of the others' workers that the test paints.</summary>
public sealed class ContractsActorTests : IAsyncDisposable
{
    private const string A = """[{"name":"add","params":{"p":{"type":"string"}}}]""";
    private const string B = """[{"name":"sub","params":{"p":{"type":"number"}}}]""";

    private static readonly QueueKey Math = new("math", 1);
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(10);

    private readonly ManualTimeProvider _time = new();
    private readonly ActorSystem _system;
    private readonly TestProbe<QueuesMessage> _queues;
    private readonly Dictionary<bool, (EngineContext Engine, ActorRef<ContractsMessage> Actor)> _actors = [];
    private int _known;

    public ContractsActorTests()
    {
        _system = new ActorSystem("test", new ActorSystemOptions { Time = _time });
        _queues = new TestProbe<QueuesMessage>(_system);
    }

    [Fact]
    public async Task Judge_TieOutsideOfACluster_TheEarliestKnownIsTheReference()
    {
        var first = await JoinAsync("http://z", A, isCluster: false);
        var second = await JoinAsync("http://b", B, isCluster: false);

        ShouldBeValid(first);
        ShouldBeInvalid(second, "1 of 2 workers");
    }

    [Fact]
    public async Task Judge_TieInACluster_TheFirstUrlIsTheReference()
    {
        var first = await JoinAsync("http://z", A);
        var second = await JoinAsync("http://b", B);

        ShouldBeInvalid(first, "1 of 2 workers");
        ShouldBeValid(second);
    }

    [Fact]
    public async Task Judge_OtherNodesHaveTheMajority_TheOwnWorkerIsInvalidAndNobodyElseIsJudged()
    {
        Paint(Foreign("http://m", B), Foreign("http://n", B));

        var own = await JoinAsync("http://a", A);

        ShouldBeInvalid(own, "'add' is here", "2 of 3 workers");
        var assigned = await PaintAndAwaitAsync(Foreign("http://m", B));
        assigned.Targets.ShouldBe([own], "the tie is its own, its URL is the first");
        assigned.Functions.ShouldBe(["add"]);
        ShouldBeValid(own);
    }

    [Theory]
    [InlineData("http://a", true)]
    [InlineData("http://z", false)]
    public async Task Judge_AnInvalidWorkerOfAnotherNode_CountsAsWell(string own, bool isValid)
    {
        Paint(Foreign("http://m", B) with { ContractValid = false, ContractMismatchReason = "judged before" });

        (await JoinAsync(own, A)).ContractValid.ShouldBe(isValid);
    }

    [Fact]
    public async Task Picture_WithTheSameInterfaces_IsNotJudgedAgain()
    {
        var own = await JoinAsync("http://a", A);
        (await PaintAndAwaitAsync(Foreign("http://b", A))).Targets.ShouldBe([own]);

        Paint(Foreign("http://b", A) with { Status = "offline" });
        Paint(Foreign("http://b", A), Foreign("http://c", A, group: "other"));
        await ExpectNothingAsync();

        await PaintAndAwaitAsync(Foreign("http://b", B), Foreign("http://c", B));
        ShouldBeInvalid(own, "2 of 3 workers");
    }

    [Fact]
    public async Task Picture_OfAWorkerBetweenTwoOwners_CountsAsBeforeForAWhile()
    {
        var own = await JoinAsync("http://b", A);
        await PaintAndAwaitAsync(Foreign("http://a", B), Foreign("http://c", B));
        ShouldBeInvalid(own, "2 of 3 workers");

        Paint(Unheard("http://a"), Unheard("http://c"));
        _time.Advance((2 * LeaseTime) - TimeSpan.FromMilliseconds(1));
        Paint(Unheard("http://a"), Unheard("http://c"));
        await ExpectNothingAsync();
        ShouldBeInvalid(own, "2 of 3 workers");

        _time.Advance(TimeSpan.FromMilliseconds(1));
        await PaintAndAwaitAsync(Unheard("http://a"), Unheard("http://c"));
        ShouldBeValid(own);
    }

    [Fact]
    public async Task Leave_OfAWorkerThatAnotherNodeTakes_CountsUntilThePictureLacksIt()
    {
        var leaving = await JoinAsync("http://a", A);
        var staying = await JoinAsync("http://b", B);
        ShouldBeInvalid(staying, "1 of 2 workers");

        Actor().Actor.Tell(new WorkerLeft(leaving));
        (await _queues.ExpectAsync<AssignWorkers>()).Targets.ShouldBeEmpty();
        Paint(Unheard("http://a"));
        Paint(Foreign("http://a", A));
        await ExpectNothingAsync();
        ShouldBeInvalid(staying, "1 of 2 workers");

        (await PaintAndAwaitAsync()).Targets.ShouldBe([staying]);
        ShouldBeValid(staying);
    }

    [Fact]
    public async Task Join_OfAWorkerThatThePictureStillNames_CountsOnce()
    {
        Paint(Foreign("http://a", B));
        var other = await JoinAsync("http://b", A);
        ShouldBeInvalid(other, "1 of 2 workers");

        var own = await JoinAsync("http://a", A);
        ShouldBeValid(own);
        ShouldBeValid(other);

        Paint(Foreign("http://a", B));
        await ExpectNothingAsync();
        ShouldBeValid(own);
    }

    public async ValueTask DisposeAsync()
    {
        await _system.DisposeAsync();
        foreach (var (engine, _) in _actors.Values)
            engine.Transport.Dispose();
    }

    private static void ShouldBeValid(WorkerTarget target)
    {
        target.ContractValid.ShouldBeTrue(target.ContractMismatchReason);
        target.ContractMismatchReason.ShouldBeNull();
    }

    private static void ShouldBeInvalid(WorkerTarget target, params string[] reason)
    {
        target.ContractValid.ShouldBeFalse();
        foreach (var part in reason)
            target.ContractMismatchReason.ShouldNotBeNull().ShouldContain(part);
    }

    private static WorkerSnapshot Unheard(string url) =>
        new() { Url = url, Status = "offline", Slots = new WorkerSlots(0, 0, 0, 0) };

    private static WorkerSnapshot Foreign(string url, string functions, string group = "math") => new()
    {
        Url = url,
        Status = "ready",
        Slots = new WorkerSlots(0, 5, 5, 0),
        Health = new WorkerHealth
        {
            Group = group,
            Contract = 1,
            Slots = new WorkerSlots(0, 5, 5, 0),
            Functions = ContractTestTools.Functions(functions),
        },
    };

    // Behind all pictures so far, a worker of another queue is judged: it must be the first.
    private async Task ExpectNothingAsync()
    {
        var barrier = new QueueKey("barrier", _known);
        await JoinAsync($"http://barrier-{_known}", A, key: barrier);
    }

    private async Task<WorkerTarget> JoinAsync(
        string url, string functions, bool isCluster = true, QueueKey? key = null)
    {
        var target = new WorkerTarget(new WorkerEntry(url), _known++, _time);
        var exposed = new WorkerInterface(key ?? Math, ContractTestTools.Interface(functions));
        var names = ContractTestTools.Functions(functions).Select(static function => function.Name).ToArray();
        Actor(isCluster).Actor.Tell(new InterfaceReported(target, exposed, names));
        (await _queues.ExpectAsync<AssignWorkers>()).Key.ShouldBe(exposed.Key);
        return target;
    }

    private void Paint(params WorkerSnapshot[] workers)
    {
        Actor().Engine.ClusterFleet.Publish(
            new FleetSnapshot(
                [.. workers.Where(static worker => worker.ContractValid)],
                [.. workers.Where(static worker => !worker.ContractValid)]),
            []);
        _system.EventStream.Publish(new ClusterFleetChanged());
    }

    private async Task<AssignWorkers> PaintAndAwaitAsync(params WorkerSnapshot[] workers)
    {
        Paint(workers);
        return await _queues.ExpectAsync<AssignWorkers>();
    }

    private (EngineContext Engine, ActorRef<ContractsMessage> Actor) Actor(bool isCluster = true)
    {
        if (_actors.TryGetValue(isCluster, out var there))
            return there;
        var engine = new EngineContext
        {
            Options = new EngineOptions
            {
                BalancerKey = "key",
                WorkersFile = "none",
                Cluster = isCluster ? new ClusterOptions { NodeId = "a", LeaseTime = LeaseTime } : null,
            },
            Clock = new EngineClock(_time),
            Logger = NullLogger.Instance,
            Store = new SharedMemory(_time).AddNode("a"),
            Transport = new WorkerTransport("key", 1024, TimeSpan.FromSeconds(1)),
            Routes = new RouteMap(),
            Fleet = new FleetDirectory(),
            Gate = new IntakeGate(1, 1),
            Jitter = new JitterSource(17),
        };
        var actor = _system.Spawn(
            Props.Create(() => new ContractsActor(engine, _queues.Ref)), $"contracts-{isCluster}");
        return _actors[isCluster] = (engine, actor);
    }
}
