using ActorBalancer.Engine.Storage.Redis;
using ActorBalancer.Testing.Processes;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ActorBalancer.Engine.Tests.Storage.Redis;

/// <summary>A server for all tests of a class; each has keys of its own.</summary>
public sealed class RedisFixture : IAsyncLifetime
{
    private int _prefixes;

    /// <summary>The server.</summary>
    internal RedisServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await RedisServer.StartAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    /// <summary>Settings with a prefix that no other test has.</summary>
    internal RedisOptions NewOptions() => new()
    {
        Servers = [Server.Address],
        Prefix = $"t{Interlocked.Increment(ref _prefixes)}",
    };

    /// <summary>A store that is not open; leases hold for an hour.</summary>
    internal RedisTaskStore NewStore(TimeProvider clock)
    {
        var options = NewOptions() with { LeaseTime = TimeSpan.FromHours(1) };
        return new RedisTaskStore(options, "a", StoreTestKit.BalancerKey, clock, NullLogger.Instance);
    }
}
