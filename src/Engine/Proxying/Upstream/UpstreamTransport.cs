using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using ActorBalancer.Engine.Proxying.Options;

namespace ActorBalancer.Engine.Proxying.Upstream;

/// <summary>
/// Makes the connections to a backend: no proxy, no cookies, no redirects, no decompression, and no second try of a
/// request behind the caller's back.
/// </summary>
/// <remarks>
/// TLS is made here. The handler would take the name that it asks for and verifies from the <c>Host</c> of a request,
/// which the client chooses. It also keeps a pool of connections for each such name of an https address, so HTTP/1.1
/// requests to an https backend are given to it with the scheme http. HTTP/2 needs the right scheme; there it stays so.
/// </remarks>
internal static class UpstreamTransport
{
    // Node closes idle connections after 5 s; leaving first avoids sending into a connection that is closing.
    private static readonly TimeSpan IdleMax = TimeSpan.FromSeconds(4);

    /// <summary>Makes them; none is opened yet.</summary>
    /// <param name="pool">Time to connect and number of connections.</param>
    /// <param name="backend">Where to, and how.</param>
    public static HttpMessageInvoker Create(PoolOptions pool, BackendOptions backend)
    {
        var handler = OutgoingHttp.CreateHandler();
        handler.ConnectTimeout =
            pool.Timeouts.Connect > TimeSpan.Zero ? pool.Timeouts.Connect : Timeout.InfiniteTimeSpan;
        handler.MaxConnectionsPerServer =
            pool.Limits.ConnectionsPerBackend > 0 ? pool.Limits.ConnectionsPerBackend : int.MaxValue;
        handler.EnableMultipleHttp2Connections = backend.Http2;
        handler.PooledConnectionIdleTimeout = IdleMax;

        // What is left of an answer when its request ends belongs to nobody: the connection goes with it.
        handler.MaxResponseDrainSize = 0;
        handler.RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1;
        handler.ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1;
        handler.ConnectCallback = (context, cancellationToken) => ConnectAsync(backend, context, cancellationToken);
        handler.PlaintextStreamFilter = static (context, _) => new ValueTask<Stream>(
            context.NegotiatedHttpVersion.Major == 1
                ? new UpstreamStream(context.PlaintextStream)
                : context.PlaintextStream);
        return new HttpMessageInvoker(handler);
    }

    private static async ValueTask<Stream> ConnectAsync(
        BackendOptions backend, SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            var stream = new NetworkStream(socket, ownsSocket: true);
            if (backend.Url.Scheme != Uri.UriSchemeHttps)
                return stream;

            // The handler takes a stream of this type for one on which TLS is made already.
            var tls = new SslStream(stream);
            var isHttp2 = context.InitialRequestMessage.Version.Major == 2;
            await tls.AuthenticateAsClientAsync(Tls(backend, isHttp2), cancellationToken);
            return tls;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static SslClientAuthenticationOptions Tls(BackendOptions backend, bool isHttp2) => new()
    {
        TargetHost = backend.Url.IdnHost,
        ApplicationProtocols = [isHttp2 ? SslApplicationProtocol.Http2 : SslApplicationProtocol.Http11],
        RemoteCertificateValidationCallback = OutgoingHttp.JudgeOf(backend.VerifyTls),
    };
}
