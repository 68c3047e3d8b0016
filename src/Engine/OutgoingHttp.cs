using System.Net;
using System.Net.Security;

namespace ActorBalancer.Engine;

/// <summary>What all HTTP calls of the engine have in common.</summary>
internal static class OutgoingHttp
{
    /// <summary>A handler that does nothing by itself: no proxy of the environment, no cookies, no redirects, no
    /// decompression, no headers of a trace. The caller adds its times and limits and owns it.</summary>
    public static SocketsHttpHandler CreateHandler() => new()
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
    };

    /// <summary>Who judges a server's certificate.</summary>
    /// <param name="isVerified">False: the operator has said of this server that its certificate does not
    /// count.</param>
    /// <returns>Null for the system's own judgement.</returns>
    public static RemoteCertificateValidationCallback? JudgeOf(bool isVerified) =>
#pragma warning disable CA5359, MA0039 // Only where the operator asked for it: verify-tls = false of one server.
        isVerified ? null : static (_, _, _, _) => true;
#pragma warning restore CA5359, MA0039
}
