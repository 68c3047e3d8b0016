using System.Text;

namespace ActorBalancer.Api.Proxying.Forwarding;

/// <summary>An answer that the proxy gives itself: a status and <c>{"error": "..."}</c>. Immutable.</summary>
/// <param name="status">Status, 400 to 599.</param>
/// <param name="message">What is wrong; without quotes and backslashes.</param>
internal sealed class ErrorAnswer(int status, string message)
{
    public static readonly ErrorAnswer NotAllowed = new(405, "This method does not pass a proxy.")
    {
        Allow = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
    };

    public static readonly ErrorAnswer BadMethod = new(400, "The method holds a small letter.");
    public static readonly ErrorAnswer BadTarget = new(
        400, "The request target holds a character that is not allowed.");
    public static readonly ErrorAnswer BadHeader = new(400, "A header holds a character that is not allowed.");
    public static readonly ErrorAnswer BadFraming = new(400, "The length of the body is not clear.") { Closes = true };
    public static readonly ErrorAnswer BadBody = new(400, "The body of the request is broken.") { Closes = true };
    public static readonly ErrorAnswer SlowBody = new(
        408, "The body of the request came too slowly.")
    { Closes = true };
    public static readonly ErrorAnswer LargeBody = new(413, "The body of the request is too large.") { Closes = true };
    public static readonly ErrorAnswer BadHandshake = new(400, "The WebSocket handshake is broken.");
    public static readonly ErrorAnswer HandshakeVersion = new(426, "WebSocket version 13 is needed.")
    {
        IsUpgradeNeeded = true,
    };

    public static readonly ErrorAnswer Internal = new(500, "The request could not be passed on.");
    public static readonly ErrorAnswer BadGateway = new(502, "Bad gateway — backend did not respond.");
    public static readonly ErrorAnswer NoBackend = new(503, "No healthy backends available.");
    public static readonly ErrorAnswer Full = new(503, "All backends are busy.") { RetryAfterSeconds = "1" };
    public static readonly ErrorAnswer NoUpgrade = new(503, "The connection could not be upgraded.");
    public static readonly ErrorAnswer Timeout = new(504, "Gateway timeout — backend did not answer in time.");

    private readonly byte[] _body = Encoding.UTF8.GetBytes($$"""{"error":"{{message}}"}""");

    /// <summary>Status of the answer.</summary>
    public int Status => status;

    /// <summary>Whether the connection ends with it, since the rest of the request can't be told from the
    /// next.</summary>
    private bool Closes { get; init; }

    private bool IsUpgradeNeeded { get; init; }

    private string? Allow { get; init; }

    private string? RetryAfterSeconds { get; init; }

    /// <summary>Writes it; nothing of another answer may have been sent.</summary>
    public Task WriteAsync(HttpContext context)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = "application/json; charset=utf-8";
        response.ContentLength = _body.Length;
        if (Allow is not null)
            response.Headers.Allow = Allow;
        if (RetryAfterSeconds is not null)
            response.Headers.RetryAfter = RetryAfterSeconds;
        if (IsUpgradeNeeded)
            response.Headers.SecWebSocketVersion = "13";
        if (Closes && !HttpProtocol.IsHttp2(context.Request.Protocol))
            response.Headers.Connection = "close";
        return response.Body.WriteAsync(_body, 0, _body.Length, CancellationToken.None);
    }
}
