using System.Text;
using ActorBalancer.Engine.Cluster;
using ActorBalancer.Engine.Storage.Redis;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Tests.Storage.Redis;
using ActorBalancer.Engine.Workers;
using ActorBalancer.Testing;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;
using WorkersFile = ActorBalancer.Testing.Workers.WorkersFile;

namespace ActorBalancer.Engine.Tests.Cluster;

/// <summary>Whole engines over a real Redis, on the real clock.</summary>
public sealed class RedisClusterTests : IClassFixture<RedisFixture>, IAsyncDisposable
{
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(3);

    private readonly RedisFixture _redis;
    private readonly RedisOptions _options;
    private readonly List<RedisTestNode> _nodes = [];

    public RedisClusterTests(RedisFixture redis)
    {
        _redis = redis;
        _options = redis.NewOptions() with { LeaseTime = LeaseTime };
    }

    [Fact]
    public async Task Run_ManyTasksAtANodeWithoutWorkers_BothEnginesRunThemAndAllCallersGetTheirOwnAnswer()
    {
        await using var first = await FakeWorker.StartAsync(new() { Slots = 8 });
        await using var second = await FakeWorker.StartAsync(new() { Slots = 8 });
        first.Answer = second.Answer = FakeAnswers.Echo;
        await AddAsync("one", first);
        await AddAsync("two", second);
        var api = await AddAsync("api");
        await api.WaitForWorkersAsync(2);

        var runs = Enumerable.Range(0, 300).Select(i => RunAsync(api, body: $$"""{"n":{{i}}}""")).ToArray();
        for (var i = 0; i < runs.Length; i++)
        {
            using var outcome = await runs[i].WaitAsync(TestSignal.Guard);
            outcome.Kind.ShouldBe(TaskOutcomeKind.Succeeded, outcome.Error);
            Encoding.UTF8.GetString(outcome.Reply!.Body.Span).ShouldContain($$"""{"n":{{i}}}""");
        }

        (first.Calls.Count + second.Calls.Count).ShouldBe(300);
        first.Calls.ShouldNotBeEmpty();
        second.Calls.ShouldNotBeEmpty();
        first.RunningMax.ShouldBeLessThanOrEqualTo(8);
        second.RunningMax.ShouldBeLessThanOrEqualTo(8);
    }

    [Fact]
    public async Task Stream_LargeAnswerToAnotherNode_ComesByteForByte()
    {
        await using var worker = await FakeWorker.StartAsync();
        var part = new string('x', 10_000);
        worker.AnswerNext(FakeAnswers.Chunks("text/plain", [.. Enumerable.Range(0, 100).Select(i => $"{i:D3}{part}")]));
        await AddAsync("one", worker);
        var api = await AddAsync("api");
        await api.WaitForWorkersAsync(1);

        using var outcome = await RunAsync(api, TaskMode.Stream).WaitAsync(TestSignal.Guard);
        outcome.Kind.ShouldBe(TaskOutcomeKind.Streaming, outcome.Error);
        var text = new StringBuilder();
        var buffer = new byte[50_000];
        using var guard = new CancellationTokenSource(TestSignal.Guard);
        while (await outcome.Stream!.ReadAsync(buffer, guard.Token) is > 0 and var read)
            text.Append(Encoding.UTF8.GetString(buffer, 0, read));

        text.ToString().ShouldBe(string.Concat(Enumerable.Range(0, 100).Select(i => $"{i:D3}{part}")));
    }

    [Fact]
    public async Task Cancel_FromAnotherNode_TheCallIsBrokenOff()
    {
        await using var worker = await FakeWorker.StartAsync(new() { Slots = 1 });
        worker.AnswerNext(FakeAnswers.Hang);
        await AddAsync("one", worker);
        var api = await AddAsync("api");
        await api.WaitForWorkersAsync(1);
        var receipts = await api.Engine.SubmitAsync([EngineHarness.Request()]);
        var call = await worker.WaitForCallAsync();

        (await api.Engine.CancelAsync(receipts[0].Id)).Kind.ShouldBe(TaskAnswerKind.Done);

        await call.ClientGone.WaitAsync(TestSignal.Guard);
        (await RunAsync(api).WaitAsync(TestSignal.Guard)).Kind.ShouldBe(TaskOutcomeKind.Succeeded);
    }

    [Fact]
    public async Task Stop_OneOfTwoEnginesUnderLoad_NothingIsLostAndNothingRunsTwice()
    {
        await using var first = await FakeWorker.StartAsync(new() { Slots = 4 });
        await using var second = await FakeWorker.StartAsync(new() { Slots = 4 });
        var leaving = await AddAsync("leaving", first);
        await AddAsync("staying", second);
        var api = await AddAsync("api");
        await api.WaitForWorkersAsync(2);

        var requests = Enumerable.Range(0, 400).Select(_ => EngineHarness.Request()).ToArray();
        var receipts = await api.Engine.SubmitAsync(requests);
        await first.WaitForCallsAsync(10);
        await leaving.StopAsync();
        foreach (var receipt in receipts)
        {
            var found = await api.Engine.FindAsync(
                receipt.Id, TestSignal.Guard, TestContext.Current.CancellationToken);
            found.Task.ShouldNotBeNull().State.ShouldBe(TaskState.Succeeded);
            found.Task!.Attempts.Count.ShouldBe(1);
        }

        (first.Calls.Count + second.Calls.Count).ShouldBe(400);
    }

    [Fact]
    public async Task Outage_RedisIsSilentForLongerThanALease_WhatRunsGoesOnAndCounts()
    {
        await using var worker = await FakeWorker.StartAsync(new() { Slots = 1 });
        worker.AnswerNext(FakeAnswers.Held);
        await AddAsync("one", worker);
        var api = await AddAsync("api");
        await api.WaitForWorkersAsync(1);
        var run = RunAsync(api);
        var call = await worker.WaitForCallAsync();

        // The silence is the subject here: nothing tells when it has lasted long enough but its own length.
        _redis.Server.Freeze();
        await Task.Delay(LeaseTime + TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        call.Release();
        _redis.Server.Thaw();

        using var outcome = await run.WaitAsync(TestSignal.Guard);
        outcome.Kind.ShouldBe(TaskOutcomeKind.Succeeded, outcome.Error);
        outcome.Attempts.ShouldBe(1);
        worker.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Contract_WorkersOfTwoNodesDiffer_OneInterfaceServesAndAllSayWhyTheOtherDoesNot()
    {
        await using var first = await FakeWorker.StartAsync();
        await using var second = await FakeWorker.StartAsync(new() { Functions = ["hello", "more"] });
        var (valid, invalid) = string.CompareOrdinal(first.Url, second.Url) < 0 ? (first, second) : (second, first);
        RedisTestNode[] nodes = [await AddAsync("one", first), await AddAsync("two", second), await AddAsync("api")];

        foreach (var node in nodes)
        {
            await node.WaitForFleetAsync(
                static fleet => fleet is { Workers: [{ IsServing: true }], InvalidWorkers: [_] }, "one of two serves");
            node.Engine.Fleet.Workers.ShouldHaveSingleItem().Url.ShouldBe(valid.Url);
            var other = node.Engine.Fleet.InvalidWorkers.ShouldHaveSingleItem();
            other.Url.ShouldBe(invalid.Url);
            other.ContractMismatchReason.ShouldNotBeNull().ShouldContain("'more'");
            other.ContractMismatchReason.ShouldContain("(1 of 2 workers)");
        }

        var runs = Enumerable.Range(0, 20).Select(i => RunAsync(nodes[i % nodes.Length])).ToArray();
        foreach (var run in runs)
        {
            using var outcome = await run.WaitAsync(TestSignal.Guard);
            outcome.Kind.ShouldBe(TaskOutcomeKind.Succeeded, outcome.Error);
        }

        valid.Calls.Count.ShouldBe(20);
        invalid.Calls.ShouldBeEmpty();

        // Without the others the rest is the contract.
        await nodes[valid == first ? 0 : 1].StopAsync();
        await nodes[2].WaitForFleetAsync(
            fleet => fleet is { Workers: [{ IsServing: true } rest], InvalidWorkers: [] } && rest.Url == invalid.Url,
            "the other one serves");
        (await RunAsync(nodes[2]).WaitAsync(TestSignal.Guard)).Kind.ShouldBe(TaskOutcomeKind.Succeeded);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
    }

    private async Task<RedisTestNode> AddAsync(string id, FakeWorker? worker = null)
    {
        var node = new RedisTestNode(id, worker, _options);
        _nodes.Add(node);
        await node.Engine.StartAsync(CancellationToken.None);
        return node;
    }

    private static Task<TaskOutcome> RunAsync(
        RedisTestNode node, TaskMode mode = TaskMode.Sync, string body = "{}") =>
        node.Engine.RunAsync(EngineHarness.Request(options => options with { Mode = mode }, body: body)).AsTask();

    private sealed class RedisTestNode : IAsyncDisposable
    {
        private readonly WorkersFile _file;
        private bool _disposed;

        public RedisTestNode(string id, FakeWorker? worker, RedisOptions redis)
        {
            _file = new WorkersFile(worker is null ? [] : [worker.Url]);
            Log = new EngineHarness.EventLog();
            var store = new RedisTaskStore(redis, id, "balancer-key", TimeProvider.System, Log);
            var options = new EngineOptions
            {
                BalancerKey = "balancer-key",
                WorkersFile = _file.Path,
                DiscoveryInterval = TimeSpan.FromSeconds(1),
                Cluster = new ClusterOptions
                {
                    NodeId = id,
                    IsEngine = worker is not null,
                    LeaseTime = redis.LeaseTime,
                },
            };
            Engine = new BalancerEngine(options, store, TimeProvider.System, Log);
        }

        public BalancerEngine Engine { get; }

        public EngineHarness.EventLog Log { get; }

        /// <summary>Waits until this node knows of so many workers that serve.</summary>
        public Task WaitForWorkersAsync(int count) => WaitForFleetAsync(
            fleet => fleet.Workers.Count(static worker => worker.IsServing) >= count, $"{count} workers serve");

        /// <summary>Waits until this node's picture of all workers is so.</summary>
        public async Task WaitForFleetAsync(Func<FleetSnapshot, bool> condition, string what)
        {
            var changed = new SemaphoreSlim(0);
            using var subscription = Engine.Events.Subscribe<ClusterFleetChanged>(_ => changed.Release());
            while (!condition(Engine.Fleet))
            {
                if (!await changed.WaitAsync(TestSignal.Guard))
                {
                    var fleet = Engine.Fleet;
                    var all = string.Join("; ", fleet.Workers.Concat(fleet.InvalidWorkers));
                    throw new TimeoutException($"Not so: {what}. {all}; {Log}");
                }
            }
        }

        public async Task StopAsync()
        {
            await Engine.DrainAsync(CancellationToken.None);
            await DisposeAsync();
        }

        public async ValueTask DisposeAsync()
        {
            if (_disposed)
                return;
            _disposed = true;
            await Engine.DisposeAsync();
            _file.Dispose();
        }
    }
}
