using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace ActorBalancer.Api.Proxying.Tunnels;

/// <summary>The opening handshake of RFC 6455, section 4, and that of HTTP/2 (RFC 8441).</summary>
internal static class WebSocketHandshake
{
    private const string Protocol = "websocket";
    private const string Version = "13";
    private const int KeyBytes = 16;

    /// <summary>16 bytes in base64.</summary>
    private const int KeyCharacters = 24;

    /// <summary>Source: RFC 6455, 1.3.</summary>
    private const string AcceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    /// <summary>What the request is. Looks at two headers of a request that has nothing to do with it.</summary>
    public static WebSocketIntent Of(HttpContext context)
    {
        var request = context.Request;
        if (IsExtendedConnect(context, out var protocol))
        {
            return !protocol.Equals(Protocol, StringComparison.OrdinalIgnoreCase) ? WebSocketIntent.None
                : HasVersion(request) ? WebSocketIntent.Opening
                : WebSocketIntent.Broken;
        }

        // In HTTP/1.0 and without the connection option an Upgrade means nothing (RFC 9110, 7.8).
        var headers = request.Headers;
        if (headers.Upgrade.Count == 0 || !HasToken(headers.Upgrade, Protocol) ||
            !HasToken(headers.Connection, "upgrade") || !HttpProtocol.IsHttp11(request.Protocol))
        {
            return WebSocketIntent.None;
        }

        return HttpMethods.IsGet(request.Method) && IsKey(headers.SecWebSocketKey) && HasVersion(request) &&
            request.ContentLength is null or 0 && headers.TransferEncoding.Count == 0
                ? WebSocketIntent.Opening
                : WebSocketIntent.Broken;
    }

    /// <summary>Whether the answer is 101 with <c>Upgrade: websocket</c> and the accept value that belongs to the
    /// key. A subprotocol must be one of those that <see cref="HttpResponseMessage.RequestMessage"/> offered.</summary>
    public static bool IsAccepted(string key, HttpResponseMessage response)
    {
        var headers = response.Headers.NonValidated;
        return response.StatusCode == HttpStatusCode.SwitchingProtocols &&
            IsSingle(headers, "Upgrade", Protocol, StringComparison.OrdinalIgnoreCase) &&
            headers.TryGetValues("Connection", out var connection) && HasToken(connection, "upgrade") &&
            IsSingle(headers, "Sec-WebSocket-Accept", AcceptOf(key), StringComparison.Ordinal) &&
            IsOffered(headers, response.RequestMessage);
    }

    /// <summary>Sets what the answer to the client's own handshake must have, whatever stands there: 101 and the accept
    /// value, or 200 in HTTP/2.</summary>
    public static void Answer(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.ContentLength = null;
        headers.Remove("Transfer-Encoding");
        if (IsExtendedConnect(context, out _))
        {
            context.Response.StatusCode = StatusCodes.Status200OK;
            headers.Remove("Upgrade");
            headers.Remove("Connection");
            headers.Remove("Sec-WebSocket-Accept");
        }
        else
        {
            headers.Upgrade = Protocol;
            headers.SecWebSocketAccept = AcceptOf(context.Request.Headers.SecWebSocketKey.ToString());
        }
    }

    /// <summary>The accept value of a key (RFC 6455, 4.2.2).</summary>
    public static string AcceptOf(string key)
    {
#pragma warning disable CA5350 // The protocol names SHA-1; it guards against chance here, not against an attacker.
        var hash = SHA1.HashData(Encoding.Latin1.GetBytes(key + AcceptSuffix));
#pragma warning restore CA5350
        return Convert.ToBase64String(hash);
    }

    private static bool IsExtendedConnect(HttpContext context, out string protocol)
    {
        protocol = "";
        if (!HttpMethods.IsConnect(context.Request.Method) ||
            context.Features.Get<IHttpExtendedConnectFeature>() is not { IsExtendedConnect: true } feature)
        {
            return false;
        }

        protocol = feature.Protocol ?? "";
        return true;
    }

    private static bool HasVersion(HttpRequest request) =>
        request.Headers.SecWebSocketVersion is { Count: 1 } version && version[0] == Version;

    private static bool IsKey(StringValues values)
    {
        Span<byte> key = stackalloc byte[KeyBytes + 2];
        return values is [{ Length: KeyCharacters } text] && Convert.TryFromBase64String(text, key, out var count) &&
            count == KeyBytes;
    }

    private static bool IsSingle(
        HttpHeadersNonValidated headers, string name, string expected, StringComparison comparison)
    {
        if (!headers.TryGetValues(name, out var values) || values.Count != 1)
            return false;
        foreach (var value in values)
        {
            if (value.Equals(expected, comparison))
                return true;
        }

        return false;
    }

    /// <summary>True without a chosen subprotocol.</summary>
    private static bool IsOffered(HttpHeadersNonValidated answer, HttpRequestMessage? request)
    {
        if (!answer.TryGetValues("Sec-WebSocket-Protocol", out var chosen))
            return true;
        if (chosen.Count != 1 || request is null ||
            !request.Headers.NonValidated.TryGetValues("Sec-WebSocket-Protocol", out var offered))
        {
            return false;
        }

        foreach (var name in chosen)
        {
            // Names of subprotocols are compared with case (RFC 6455, 11.5).
            if (HasToken(offered, name, StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    private static bool HasToken(
        HeaderStringValues lines, string token, StringComparison comparison = StringComparison.OrdinalIgnoreCase)
    {
        foreach (var line in lines)
        {
            if (HasToken(line, token, comparison))
                return true;
        }

        return false;
    }

    private static bool HasToken(StringValues lines, string token)
    {
        foreach (var line in lines)
        {
            if (HasToken(line, token, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    private static bool HasToken(ReadOnlySpan<char> line, string token, StringComparison comparison)
    {
        foreach (var part in line.Split(','))
        {
            if (line[part].Trim(" \t").Equals(token, comparison))
                return true;
        }

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
