using System.Net;
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
/// The handler keeps a pool of connections for each <c>Host</c> of an https address, and takes the name to verify from
/// it too. A client could so make any number of pools, and would choose the name that the certificate is held against.
/// HTTP/1.1 requests to an https backend are therefore given to the handler with the scheme http, and TLS is made here.
/// An address with https works too: the handler makes TLS then.
/// </remarks>
internal static class UpstreamTransport
{
    // Node closes idle connections after 5 s; leaving first avoids sending into a connection that is closing.
    private static readonly TimeSpan IdleMax = TimeSpan.FromSeconds(4);

    /// <summary>Makes them; none is opened yet.</summary>
    /// <param name="pool">Time to connect and number of connections.</param>
    /// <param name="backend">Where to, and how.</param>
    public static HttpMessageInvoker Create(PoolOptions pool, BackendOptions backend) =>
        new(new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            ConnectTimeout =
                pool.Timeouts.Connect > TimeSpan.Zero ? pool.Timeouts.Connect : Timeout.InfiniteTimeSpan,
            MaxConnectionsPerServer =
                pool.Limits.ConnectionsPerBackend > 0 ? pool.Limits.ConnectionsPerBackend : int.MaxValue,
            EnableMultipleHttp2Connections = backend.Http2,
            PooledConnectionIdleTimeout = IdleMax,

            // What is left of an answer when its request ends belongs to nobody: the connection goes with it.
            MaxResponseDrainSize = 0,
            RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
            ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
            SslOptions = Tls(backend),
            ConnectCallback = (context, cancellationToken) => ConnectAsync(backend, context, cancellationToken),
            PlaintextStreamFilter = static (context, _) => new ValueTask<Stream>(
                context.NegotiatedHttpVersion.Major == 1
                    ? new UpstreamStream(context.PlaintextStream)
                    : context.PlaintextStream),
        });

    private static async ValueTask<Stream> ConnectAsync(
        BackendOptions backend, SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            var stream = new NetworkStream(socket, ownsSocket: true);
            if (backend.Url.Scheme != Uri.UriSchemeHttps
                || context.InitialRequestMessage.RequestUri?.Scheme == Uri.UriSchemeHttps)
            {
                return stream;
            }

            var tls = new SslStream(stream);
            var options = Tls(backend);
            options.TargetHost = backend.Url.IdnHost;
            options.ApplicationProtocols = [SslApplicationProtocol.Http11];
            await tls.AuthenticateAsClientAsync(options, cancellationToken);
            return tls;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static SslClientAuthenticationOptions Tls(BackendOptions backend)
    {
        var options = new SslClientAuthenticationOptions();
        if (!backend.VerifyTls)
        {
            // The operator has said so for this backend: BackendOptions.VerifyTls.
#pragma warning disable CA5359, MA0039
            options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359, MA0039
        }

        return options;
    }
}
