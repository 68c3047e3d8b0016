using ActorBalancer.Engine.Storage.Redis;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Storage.StoreTestKit;

namespace ActorBalancer.Engine.Tests.Storage.Redis;

/// <summary>A Redis that goes on from an older state, as a promoted replica does, names tasks as running that their
/// node has ended.</summary>
public sealed class RedisReclaimTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    // The task runs by that node, as if it had leased it.
    private const string Lease = """
        local place = redis.call('HGET', KEYS[1] .. ':t:' .. ARGV[1], 'l')
        redis.call('HSET', KEYS[1] .. ':t:' .. ARGV[1], 's', 2, 'n', ARGV[2], 'a', 1, 'k', 7)
        redis.call('SADD', KEYS[1] .. ':run:' .. ARGV[2], ARGV[1])
        return redis.call('ZREM', KEYS[1] .. ':pending', place)
        """;

    private readonly RedisOptions _options = redis.NewOptions() with { LeaseTime = TimeSpan.FromMilliseconds(300) };

    [Fact]
    public async Task Tend_TaskThatTheNodeDoesNotHold_GoesBackAndWhatItHoldsStays()
    {
        await using var node = await RedisNode.OpenAsync(_options);
        await node.TendAsync();
        await node.Queue.EnqueueAsync(NewTask());
        var held = await node.LeaseAsync();
        var task = NewTask();
        await node.Queue.EnqueueAsync(task);
        var slot = new RedisKeys(_options.Prefix).Of(Mail).Base;
        (await redis.Server.CommandAsync("EVAL", Lease, "1", slot, task.Id.ToString(), node.Name)).ShouldBe(":1");

        await RedisNode.UntilAsync(async () => await node.TendAsync() == 1, "the task did not go back");
        var again = await node.LeaseAsync();

        again.Id.ShouldBe(task.Id);
        again.Attempt.ShouldBe(2);
        again.LeaseToken.ShouldBeGreaterThan(7);
        (await node.CompleteAsync(held)).ShouldBeTrue();
        (await node.CompleteAsync(again)).ShouldBeTrue();
    }

    [Fact]
    public async Task Tend_HeldForManyLeaseTimes_NothingGoesBack()
    {
        await using var node = await RedisNode.OpenAsync(_options);
        await node.TendAsync();
        await node.Queue.EnqueueAsync(NewTask());
        var held = await node.LeaseAsync();

        var end = node.Now + (4 * (long)_options.LeaseTime.TotalMilliseconds);
        await RedisNode.UntilAsync(
            async () =>
            {
                (await node.TendAsync()).ShouldBe(0);
                return node.Now > end;
            },
            "the time did not pass");

        (await node.CompleteAsync(held)).ShouldBeTrue();
    }
}
