using Xunit;

namespace ActorBalancer.EndToEnd.Dashboard;

/// <summary>A balancer with one sample worker that all tests of a class share: an <c>IClassFixture</c>.</summary>
public sealed class HelloScene : IAsyncLifetime
{
    /// <summary>The balancer and its worker.</summary>
    internal DashboardScene Scene { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => Scene = await DashboardScene.StartAsync();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Scene?.DisposeAsync() ?? ValueTask.CompletedTask;
}
