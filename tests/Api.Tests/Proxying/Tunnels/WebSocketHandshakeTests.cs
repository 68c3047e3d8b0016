using System.Net;
using ActorBalancer.Api.Proxying.Tunnels;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Proxying.Tunnels;

/// <summary>Which requests and answers open a WebSocket.</summary>
public sealed class WebSocketHandshakeTests
{
    // The example of RFC 6455, 1.3.
    private const string Key = "dGhlIHNhbXBsZSBub25jZQ==";
    private const string Accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

    [Fact]
    public void Of_RightHandshake_IsOpening() =>
        WebSocketHandshake.Of(Opening()).ShouldBe(WebSocketIntent.Opening);

    [Theory]
    [InlineData("Connection", "keep-alive, Upgrade")]
    [InlineData("Upgrade", "WebSocket")]
    [InlineData("Upgrade", "h2c, websocket")]
    public void Of_OtherSpelling_IsOpening(string name, string value) =>
        WebSocketHandshake.Of(With(name, value)).ShouldBe(WebSocketIntent.Opening);

    [Theory]
    [InlineData("Upgrade", "h2c")]
    [InlineData("Upgrade", "websocket2")]
    [InlineData("Upgrade", "")]
    [InlineData("Connection", "keep-alive")]
    [InlineData("Connection", "x-upgrade")]
    public void Of_NoUpgradeToWebSocket_IsNone(string name, string value) =>
        WebSocketHandshake.Of(With(name, value)).ShouldBe(WebSocketIntent.None);

    [Fact]
    public void Of_OldProtocol_IsNone()
    {
        var context = Opening();
        context.Request.Protocol = "HTTP/1.0";

        WebSocketHandshake.Of(context).ShouldBe(WebSocketIntent.None);
    }

    [Theory]
    [InlineData("Sec-WebSocket-Key", null)]
    [InlineData("Sec-WebSocket-Key", "short")]
    [InlineData("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZTEy")]
    [InlineData("Sec-WebSocket-Key", "????????????????????????")]
    [InlineData("Sec-WebSocket-Version", null)]
    [InlineData("Sec-WebSocket-Version", "8")]
    [InlineData("Sec-WebSocket-Version", "13, 8")]
    [InlineData("Content-Length", "5")]
    [InlineData("Transfer-Encoding", "chunked")]
    public void Of_WrongPart_IsBroken(string name, string? value) =>
        WebSocketHandshake.Of(With(name, value)).ShouldBe(WebSocketIntent.Broken);

    [Fact]
    public void Of_TwoKeysOrPost_IsBroken()
    {
        var twice = Opening();
        twice.Request.Headers.Append("Sec-WebSocket-Key", Key);
        var post = Opening();
        post.Request.Method = "POST";

        WebSocketHandshake.Of(twice).ShouldBe(WebSocketIntent.Broken);
        WebSocketHandshake.Of(post).ShouldBe(WebSocketIntent.Broken);
    }

    [Theory]
    [InlineData("websocket", "13", "Opening")]
    [InlineData("websocket", "12", "Broken")]
    [InlineData("connect-udp", "13", "None")]
    public void Of_ExtendedConnect_IsOpeningForWebSocketAlone(string protocol, string version, string expected)
    {
        var context = new DefaultHttpContext();
        context.Request.Method = "CONNECT";
        context.Request.Headers.SecWebSocketVersion = version;
        context.Features.Set<IHttpExtendedConnectFeature>(new ExtendedConnect(protocol));

        WebSocketHandshake.Of(context).ToString().ShouldBe(expected);
    }

    [Fact]
    public void Of_PlainConnect_IsNone()
    {
        var context = Opening();
        context.Request.Method = "CONNECT";
        context.Request.Headers.Remove("Upgrade");

        WebSocketHandshake.Of(context).ShouldBe(WebSocketIntent.None);
    }

    [Fact]
    public void IsAccepted_RightAnswer_IsTrue()
    {
        using var response = Answer();

        WebSocketHandshake.IsAccepted(Key, response).ShouldBeTrue();
    }

    [Theory]
    [InlineData("Upgrade", "h2c")]
    [InlineData("Upgrade", null)]
    [InlineData("Connection", "close")]
    [InlineData("Connection", null)]
    [InlineData("Sec-WebSocket-Accept", null)]
    [InlineData("Sec-WebSocket-Accept", "S3pPLMBiTxaQ9kYGzzhZRbK+xOo=")]
    [InlineData("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo")]
    [InlineData("Sec-WebSocket-Protocol", "chat")]
    public void IsAccepted_WrongPart_IsFalse(string name, string? value)
    {
        using var response = Answer();
        response.Headers.Remove(name);
        if (value is not null)
            response.Headers.TryAddWithoutValidation(name, value);

        WebSocketHandshake.IsAccepted(Key, response).ShouldBeFalse();
    }

    [Fact]
    public void IsAccepted_OtherStatusKeyOrSecondAccept_IsFalse()
    {
        using var ok = Answer();
        ok.StatusCode = HttpStatusCode.OK;
        using var twice = Answer();
        twice.Headers.TryAddWithoutValidation("Sec-WebSocket-Accept", Accept);
        using var right = Answer();

        WebSocketHandshake.IsAccepted(Key, ok).ShouldBeFalse();
        WebSocketHandshake.IsAccepted(Key, twice).ShouldBeFalse();
        WebSocketHandshake.IsAccepted("AAAAAAAAAAAAAAAAAAAAAA==", right).ShouldBeFalse();
    }

    [Theory]
    [InlineData("chat, superchat", "superchat", true)]
    [InlineData("chat, superchat", "super", false)]
    [InlineData("chat", "Chat", false)]
    public void IsAccepted_Subprotocol_IsOneThatWasOffered(string offered, string chosen, bool isAccepted)
    {
        using var request = new HttpRequestMessage();
        request.Headers.TryAddWithoutValidation("Sec-WebSocket-Protocol", offered);
        using var response = Answer();
        response.RequestMessage = request;
        response.Headers.TryAddWithoutValidation("Sec-WebSocket-Protocol", chosen);

        WebSocketHandshake.IsAccepted(Key, response).ShouldBe(isAccepted);
    }

    private static DefaultHttpContext Opening()
    {
        var context = new DefaultHttpContext();
        context.Request.Method = "GET";
        context.Request.Protocol = "HTTP/1.1";
        context.Request.Headers.Upgrade = "websocket";
        context.Request.Headers.Connection = "Upgrade";
        context.Request.Headers.SecWebSocketKey = Key;
        context.Request.Headers.SecWebSocketVersion = "13";
        return context;
    }

    private static DefaultHttpContext With(string name, string? value)
    {
        var context = Opening();
        context.Request.Headers.Remove(name);
        if (value is not null)
            context.Request.Headers[name] = value;
        return context;
    }

    private static HttpResponseMessage Answer()
    {
        var response = new HttpResponseMessage(HttpStatusCode.SwitchingProtocols);
        response.Headers.TryAddWithoutValidation("Upgrade", "WebSocket");
        response.Headers.TryAddWithoutValidation("Connection", "keep-alive, upgrade");
        response.Headers.TryAddWithoutValidation("Sec-WebSocket-Accept", Accept);
        return response;
    }

    private sealed class ExtendedConnect(string protocol) : IHttpExtendedConnectFeature
    {
        public bool IsExtendedConnect => true;

        public string? Protocol => protocol;

        public ValueTask<Stream> AcceptAsync() => throw new NotSupportedException();
    }
}
