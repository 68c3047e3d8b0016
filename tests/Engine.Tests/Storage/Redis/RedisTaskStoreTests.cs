using ActorBalancer.Engine.Storage;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Storage.Redis;

/// <summary>What every store must do, with a real Redis behind it.</summary>
public sealed class RedisTaskStoreTests(RedisFixture redis) : TaskStoreConformance, IClassFixture<RedisFixture>
{
    protected override bool IsShared => true;

    protected override ITaskStore CreateStore() => redis.NewStore(Clock);

    [Fact]
    public void Name_OfAStoreInRedis_IsRedis() => CreateStore().Name.ShouldBe("redis");
}
