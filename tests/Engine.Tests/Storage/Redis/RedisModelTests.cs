using ActorBalancer.Testing;
using Xunit;

namespace ActorBalancer.Engine.Tests.Storage.Redis;

/// <summary>Drives the store in Redis and the naive model with the same random operations.</summary>
public sealed class RedisModelTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Fact]
    public void Store_InRedis_DoesWhatTheModelDoes()
    {
        // Redis remembers a deleted task by its own clock; the sweeps go by this one.
        var clock = new ManualTimeProvider(TimeProvider.System.GetUtcNow());
        LocalTaskQueueModelTests.Check(60, 100, operations =>
            LocalTaskQueueModelTests.RunAsync(() => redis.NewStore(clock), clock, false, operations));
    }
}
