namespace ActorBalancer.Api.Hosting;

/// <summary>Leaves signals alone: whoever made the server stops it. The framework's own lifetime would stop listening
/// at the first SIGTERM, while the engine still drains and clients must be told so.</summary>
internal sealed class OwnedLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
