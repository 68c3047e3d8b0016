using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ActorBalancer.Api.Proxying.Forwarding;

/// <summary>What must be set on Kestrel so that it reads requests as strictly as a proxy must: what two parsers may
/// understand in two ways is refused with 400 before any code of ours sees it.</summary>
internal static class StrictHttp
{
    // Kestrel's own switch; read when a server is built. It holds for the whole process, so an application that embeds
    // the proxy becomes strict with its own servers too, if they are built later.
    private const string NoBareLineFeeds = "Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators";

    /// <summary>Sets them. Call it before the server is built.</summary>
    public static void Apply(KestrelServerOptions kestrel)
    {
        // A head whose lines end in a bare LF: RFC 9112, section 2.2 allows to accept it, and smuggling lives on that.
        AppContext.SetSwitch(NoBareLineFeeds, true);

        // RFC 9110, section 5.5: a value may hold bytes beyond ASCII. Latin-1 keeps each as one character, both ways.
        kestrel.RequestHeaderEncodingSelector =
            static name => name == "Content-Length" ? DigitsEncoding.Instance : Encoding.Latin1;
        kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
        kestrel.AddServerHeader = false;
        kestrel.AllowHostHeaderOverride = false;
        kestrel.DisableStringReuse = false;
    }
}
