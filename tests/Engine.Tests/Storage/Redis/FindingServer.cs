using ActorBalancer.Engine.Storage.Redis;
using ActorBalancer.Testing.Processes;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ActorBalancer.Engine.Tests.Storage.Redis;

/// <summary>A redis-server for all tests of a class; each test works under a prefix of its own.</summary>
public sealed class FindingServer : IAsyncLifetime
{
    private int _prefixes;

    public RedisServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await RedisServer.StartAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    /// <summary>Options under a new prefix.</summary>
    public RedisOptions NewOptions() => new()
    {
        Servers = [Server.Address],
        Prefix = $"t{Interlocked.Increment(ref _prefixes)}",
        Timeout = TimeSpan.FromSeconds(30),
    };

    internal static Task<RedisLink> ConnectAsync(RedisOptions options) =>
        RedisLink.ConnectAsync(options, TimeProvider.System, NullLogger.Instance);
}
