using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace ActorBalancer.Api.Proxying.Listening;

/// <summary>
/// Kestrel's sockets, and the moment when the server has given its port up: it does so at the beginning of its stop,
/// long before its last request has ended, and says so to nobody else. A listener with changed settings waits for
/// it to take the port over.
/// </summary>
/// <param name="sockets">Kestrel's own, made by its services: they give it pinned memory. One made by hand has plain
/// arrays, which cost more and which some of Kestrel's writers cannot work with.</param>
/// <param name="unbound">Set once the port is free again.</param>
internal sealed class ListenerTransport(SocketTransportFactory sockets, TaskCompletionSource unbound)
    : IConnectionListenerFactory
{
    /// <inheritdoc/>
    public async ValueTask<IConnectionListener> BindAsync(
        EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new Listener(await sockets.BindAsync(endpoint, cancellationToken), unbound);

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
