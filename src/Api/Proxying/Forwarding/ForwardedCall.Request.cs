using System.Net;
using System.Security.Cryptography;
using ActorBalancer.Api.Proxying.Clients;
using ActorBalancer.Api.Proxying.Tunnels;
using ActorBalancer.Engine.Proxying;
using ActorBalancer.Engine.Proxying.Upstream;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace ActorBalancer.Api.Proxying.Forwarding;

/// <summary>The request as the backend gets it.</summary>
internal sealed partial class ForwardedCall
{
    // RFC 9110, section 7.6.3: who received the request, in what version. A gateway must say it to the backend and may
    // say it to the client, to whom it is of no use.
    private const string Via10 = "1.0 ActorBalancer";
    private const string Via11 = "1.1 ActorBalancer";
    private const string Via20 = "2.0 ActorBalancer";

    private static readonly UriCreationOptions AsItCame = new() { DangerousDisablePathAndQueryCanonicalization = true };

    // All that does not depend on the backend; the same message goes to each that is tried.
    private ErrorAnswer? FillMessage()
    {
        var request = context.Request;
        _message.Method = _intent == WebSocketIntent.Opening ? HttpMethod.Get : HttpMethod.Parse(request.Method);
        var connection = request.Headers.Connection.ToString();
        var isPlain = HeaderRules.NamesNothing(connection);
        var headers = _message.Headers;
        _body = MakeBody();
        foreach (var (name, values) in request.Headers)
        {
            foreach (var value in values)
            {
                if (HeaderRules.IsUnfit(value))
                    return ErrorAnswer.BadHeader;
            }

            if (HeaderRules.IsHopByHop(name) || RequestRules.IsOurs(name) || ForwardedHeaders.Owns(name)
                || (!isPlain && HeaderRules.IsNamed(connection, name)))
            {
                continue;
            }

            if (!TryAdd(name, values))
                return ErrorAnswer.BadHeader;
        }

        var protocol = request.Protocol;
        headers.TryAddWithoutValidation("Via", HttpProtocol.IsHttp11(protocol) ? Via11
            : HttpProtocol.IsHttp2(protocol) ? Via20 : Via10);
        ForwardedHeaders.Write(headers, context, Options.Listener);
        if (_intent == WebSocketIntent.Opening)
            AddHandshake();
        return null;
    }

    private bool TryAdd(string name, StringValues values)
    {
        var headers = _message.Headers;
        if (values.Count == 1
            ? headers.TryAddWithoutValidation(name, values.ToString())
            : headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
        {
            return true;
        }

        // A header that describes a body. A request without one gets an empty one to carry it.
        _body ??= new RequestBody(null, 0, 0, _clock, TimeSpan.Zero, TimeSpan.Zero);
        return _body.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
    }

    private void AddHandshake()
    {
        var headers = _message.Headers;
        headers.TryAddWithoutValidation("Connection", "Upgrade");
        headers.TryAddWithoutValidation("Upgrade", "websocket");
        _webSocketKey = context.Request.Headers.SecWebSocketKey;
        if (string.IsNullOrEmpty(_webSocketKey))
        {
            // A handshake over HTTP/2 (RFC 8441) has no key; the one with the backend needs it.
            _webSocketKey = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
            headers.TryAddWithoutValidation("Sec-WebSocket-Key", _webSocketKey);
        }
    }

    private RequestBody? MakeBody()
    {
        var request = context.Request;
        var length = request.ContentLength;
        if (_intent == WebSocketIntent.Opening || length == 0)
            return null;
        if (length is null && request.Headers.TransferEncoding.Count == 0
            && !(HttpProtocol.IsHttp2(request.Protocol)
                && context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true))
        {
            return null;
        }

        // Kestrel would count the framing of chunks too.
        var limit = context.Features.Get<IHttpMaxRequestBodySizeFeature>();
        if (limit?.IsReadOnly == false)
            limit.MaxRequestBodySize = null;
        var times = Options.Timeouts;
        return new RequestBody(
            request.BodyReader, length, Options.Limits.RequestBodyMax, _clock, times.Idle, times.FirstByte);
    }

    // What depends on the backend.
    private void Address(Backend backend)
    {
        var isHttp2 = backend.Options.Http2 && _intent != WebSocketIntent.Opening;
        _message.Version = isHttp2 ? HttpVersion.Version20 : HttpVersion.Version11;
        _message.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        _message.RequestUri = new Uri(
            string.Concat(
                isHttp2 ? backend.UrlText : backend.TransportUrlText, RequestTarget.PathAndQueryOf(RawTarget)),
            AsItCame);
        _message.Content = _body;
        var host = Options.PreserveHost ? context.Request.Headers.Host.ToString() : "";
        _message.Headers.Host = host.Length > 0 ? host : backend.Options.Url.Authority;
    }

    private string RawTarget => context.Features.Get<IHttpRequestFeature>()!.RawTarget;

    private AttemptKind JudgeFailure(Exception exception, Backend backend)
    {
        if (_client.IsCancellationRequested || _body is { ClientFailure: not null } or { IsTooLarge: true })
            return AttemptKind.ClientGone;
        if (_clock.Token.IsCancellationRequested)
            return _body?.IsReading == true ? AttemptKind.ClientGone : AttemptKind.TimedOut;
        for (var inner = exception; inner is not null; inner = inner.InnerException)
        {
            if (inner is UpstreamClosedException)
                return AttemptKind.NoAnswer;
        }

        return exception switch
        {
            // Only the time to connect ends an attempt without our token.
            OperationCanceledException => AttemptKind.ConnectFailed,
            HttpRequestException failure => failure.HttpRequestError switch
            {
                HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
                    or HttpRequestError.SecureConnectionError or HttpRequestError.VersionNegotiationError =>
                    AttemptKind.ConnectFailed,
                HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded =>
                    AttemptKind.BadAnswer,
                _ => backend.Options.Http2 ? AttemptKind.NoAnswer : AttemptKind.BadAnswer,
            },
            _ => AttemptKind.BadAnswer,
        };
    }
}
