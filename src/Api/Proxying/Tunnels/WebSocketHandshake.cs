namespace ActorBalancer.Api.Proxying.Tunnels;

/// <summary>The opening handshake of RFC 6455, section 4.</summary>
internal static class WebSocketHandshake
{
    /// <summary>What the request is.</summary>
    public static WebSocketIntent Of(HttpContext context)
    {
        _ = context;
        return WebSocketIntent.None;
    }

    /// <summary>Whether the answer is 101 with <c>Upgrade: websocket</c> and the accept value that belongs to the
    /// key.</summary>
    public static bool IsAccepted(string key, HttpResponseMessage response)
    {
        _ = (key, response);
        return false;
    }
}

/// <summary>What a request has to do with WebSockets.</summary>
internal enum WebSocketIntent
{
    /// <summary>Nothing; an <c>Upgrade</c> to anything else is not passed on.</summary>
    None,

    /// <summary>A right opening handshake.</summary>
    Opening,

    /// <summary>A handshake that breaks RFC 6455: 400, or 426 for the version.</summary>
    Broken,
}
