using System.Net;
using System.Text;
using ActorBalancer.Engine.Proxying.Options;

namespace ActorBalancer.Engine.Proxying.Upstream;

/// <summary>Makes the connections to a backend.</summary>
internal static class UpstreamTransport
{
    /// <summary>Makes them; none is opened yet.</summary>
    public static HttpMessageInvoker Create(PoolOptions pool, BackendOptions backend) =>
        new(new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            ConnectTimeout = pool.Timeouts.Connect,
            MaxConnectionsPerServer =
                pool.Limits.ConnectionsPerBackend > 0 ? pool.Limits.ConnectionsPerBackend : int.MaxValue,
            EnableMultipleHttp2Connections = backend.Http2,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(4),
            RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
            ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        });
}
