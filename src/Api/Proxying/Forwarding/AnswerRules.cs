using System.Net;
using ActorBalancer.Api.Proxying.Tunnels;

namespace ActorBalancer.Api.Proxying.Forwarding;

/// <summary>Which answers of a backend are passed on.</summary>
internal static class AnswerRules
{
    /// <summary>False for an answer whose end two readers may see in two places, or that speaks of an upgrade nobody
    /// asked for.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="isUpgradeAsked">Whether the request was a WebSocket handshake.</param>
    /// <param name="webSocketKey">Its key; null without one.</param>
    public static bool IsRight(HttpResponseMessage response, bool isUpgradeAsked, string? webSocketKey)
    {
        if (response.StatusCode == HttpStatusCode.SwitchingProtocols)
            return isUpgradeAsked && WebSocketHandshake.IsAccepted(webSocketKey!, response);
        var hasLength = response.Content.Headers.NonValidated.TryGetValues("Content-Length", out var lengths);
        if (hasLength && (lengths.Count != 1 || !IsLength(lengths.ToString())))
            return false;
        if (!response.Headers.NonValidated.TryGetValues("Transfer-Encoding", out var codings))
            return true;
        return !hasLength && codings.Count == 1 && response.Version == HttpVersion.Version11
            && string.Equals(codings.ToString(), "chunked", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>True for a header that is written anew for the client, or not at all.</summary>
    public static bool IsOurs(string name) => name.Length switch
    {
        9 => name.Equals("x-backend", StringComparison.OrdinalIgnoreCase),
        12 => name.Equals("x-backend-id", StringComparison.OrdinalIgnoreCase),
        14 => name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase),
        _ => false,
    };

    private static bool IsLength(string text) =>
        text.Length is > 0 and <= 19 && !text.AsSpan().ContainsAnyExceptInRange('0', '9');
}
