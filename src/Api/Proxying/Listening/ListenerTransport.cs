using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace ActorBalancer.Api.Proxying.Listening;

/// <summary>
/// Kestrel's sockets, and the moment when the server has given its port up: it does so at the beginning of its stop,
/// long before its last request has ended, and says so to nobody else. A listener with changed settings waits for
/// it to take the port over.
/// </summary>
internal sealed class ListenerTransport(ILoggerFactory loggers) : IConnectionListenerFactory
{
    // What runs on a listener's sockets never blocks, and compression goes to the pool by itself.
    private readonly SocketTransportFactory _sockets =
        new(Options.Create(new SocketTransportOptions { UnsafePreferInlineScheduling = true }), loggers);

    private readonly TaskCompletionSource _unbound = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends once the port is free again.</summary>
    public Task Unbound => _unbound.Task;

    /// <inheritdoc/>
    public async ValueTask<IConnectionListener> BindAsync(
        EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new Listener(await _sockets.BindAsync(endpoint, cancellationToken), _unbound);

    private sealed class Listener(IConnectionListener inner, TaskCompletionSource unbound) : IConnectionListener
    {
        public EndPoint EndPoint => inner.EndPoint;

        public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) =>
            inner.AcceptAsync(cancellationToken);

        public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            await inner.UnbindAsync(cancellationToken);
            unbound.TrySetResult();
        }

        public async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync();
            unbound.TrySetResult();
        }
    }
}
