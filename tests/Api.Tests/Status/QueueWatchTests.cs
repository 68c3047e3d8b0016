using ActorBalancer.Api.Status;
using ActorBalancer.Api.Tests.Hosting;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Status;

public sealed class QueueWatchTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManualTimeProvider _time = new();
    private readonly ScriptedBalancer _balancer = new();
    private readonly QueueWatch _watch;
    private int _counts;

    public QueueWatchTests()
    {
        _watch = new QueueWatch(_balancer, _time);
        _balancer.QueuesScript = () =>
        {
            _counts++;
            return new([StatusRig.Queue("a", (TaskState.Queued, _counts))]);
        };
    }

    [Fact]
    public async Task RefreshAsync_YoungCount_IsKept()
    {
        await _watch.RefreshAsync(Second);
        _time.Advance(Second / 2);
        await _watch.RefreshAsync(Second);
        _counts.ShouldBe(1);

        _time.Advance(Second / 2);
        await _watch.RefreshAsync(Second);

        _counts.ShouldBe(2);
        _watch.Totals.Waiting.ShouldBe(2);
    }

    [Fact]
    public async Task RefreshAsync_ManyAtOnce_CountOnce()
    {
        var answer = new TaskCompletionSource<IReadOnlyList<QueueSnapshot>>();
        var asked = new TestSignal("the question");
        _balancer.QueuesScript = () =>
        {
            _counts++;
            asked.Set();
            return new(answer.Task);
        };

        var waits = Enumerable.Range(0, 50).Select(_ => _watch.RefreshAsync(TimeSpan.Zero)).ToArray();
        await asked.WaitAsync();
        answer.SetResult([]);
        await Task.WhenAll(waits).WaitAsync(TestSignal.Guard);

        _counts.ShouldBe(1);
    }

    [Fact]
    public async Task RefreshAsync_DearCount_IsDoneInOneHundredthOfTheTime()
    {
        _balancer.QueuesScript = () =>
        {
            _counts++;
            _time.Advance(TimeSpan.FromMilliseconds(100));
            return new([]);
        };
        for (var step = 0; step < 1000; step++)
        {
            await _watch.RefreshAsync(TimeSpan.Zero);
            _time.Advance(TimeSpan.FromMilliseconds(100));
        }

        _counts.ShouldBeInRange(10, 11);
    }

    [Fact]
    public async Task RefreshAsync_CountTookVeryLong_IsDoneAgainAfterTheLongestRest()
    {
        _balancer.QueuesScript = () =>
        {
            _counts++;
            _time.Advance(TimeSpan.FromSeconds(5));
            return new([]);
        };
        await _watch.RefreshAsync(Second);
        _time.Advance(TimeSpan.FromSeconds(14));
        await _watch.RefreshAsync(Second);
        _counts.ShouldBe(1);

        _time.Advance(TimeSpan.FromSeconds(1));
        await _watch.RefreshAsync(Second);

        _counts.ShouldBe(2);
    }

    [Fact]
    public async Task RefreshAsync_StoreFails_TheLastCountStays()
    {
        await _watch.RefreshAsync(Second);
        _balancer.QueuesScript = () => throw new TaskStoreException("no disk");
        _time.Advance(Second);

        await _watch.RefreshAsync(Second);

        _watch.Queues.Count.ShouldBe(1);
        _watch.Totals.Waiting.ShouldBe(1);
    }
}
