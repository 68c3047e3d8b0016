using ActorBalancer.Api.Tests.Hosting;
using Xunit;

namespace ActorBalancer.Api.Tests.Tasks;

/// <summary>One server for all tests of a class.</summary>
public sealed class EdgeFixture : IAsyncLifetime
{
    internal EdgeHarness Edge { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Edge = await EdgeHarness.StartAsync();

    public ValueTask DisposeAsync() => Edge.DisposeAsync();
}
