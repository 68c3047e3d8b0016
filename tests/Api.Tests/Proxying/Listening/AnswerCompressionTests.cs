using ActorBalancer.Api.Proxying.Listening;
using Microsoft.AspNetCore.Http;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Proxying.Listening;

public sealed class AnswerCompressionTests
{
    private readonly AnswerCompression _compression = new();

    [Theory]
    [InlineData("br", "br")]
    [InlineData("gzip", "gzip")]
    [InlineData("gzip, br", "br")]
    [InlineData("br;q=0, gzip", "gzip")]
    public void Answer_OfACompressibleType_IsCompressedAsTheClientWants(string accepted, string encoding)
    {
        var context = Context(accepted);

        _compression.CheckRequestAcceptsCompression(context).ShouldBeTrue();
        _compression.ShouldCompressResponse(context).ShouldBeTrue();
        _compression.GetCompressionProvider(context)!.EncodingName.ShouldBe(encoding);
    }

    [Theory]
    [InlineData("Content-Encoding", "gzip")]
    [InlineData("Cache-Control", "public, No-Transform")]
    [InlineData("Content-Type", "text/event-stream")]
    [InlineData("Content-Type", "text/event-stream; charset=utf-8")]
    [InlineData("Content-Type", "image/png")]
    [InlineData("Content-Range", "bytes 0-9/10")]
    [InlineData("Content-Length", "255")]
    public void Answer_ThatIsNotToBeChanged_IsLeftAlone(string name, string value)
    {
        var context = Context("gzip");
        context.Response.Headers[name] = value;

        _compression.ShouldCompressResponse(context).ShouldBeFalse();
    }

    [Theory]
    [InlineData(101)]
    [InlineData(204)]
    [InlineData(206)]
    [InlineData(304)]
    public void Answer_WithoutAWholeBody_IsLeftAlone(int status)
    {
        var context = Context("gzip");
        context.Response.StatusCode = status;

        _compression.ShouldCompressResponse(context).ShouldBeFalse();
    }

    [Theory]
    [InlineData("gzip", "\"a\"", "W/\"a\"")]
    [InlineData("gzip", "W/\"a\"", "W/\"a\"")]
    [InlineData("identity", "\"a\"", "\"a\"")]
    public void Answer_WithATag_GetsAWeakOneWhenItsBytesChange(string accepted, string tag, string expected)
    {
        var context = Context(accepted);
        context.Response.Headers.ETag = tag;

        _compression.ShouldCompressResponse(context).ShouldBeTrue();

        context.Response.Headers.ETag.ToString().ShouldBe(expected);
    }

    [Fact]
    public void Request_ThatTakesNoEncoding_IsNotTouched() =>
        _compression.CheckRequestAcceptsCompression(new DefaultHttpContext()).ShouldBeFalse();

    private static DefaultHttpContext Context(string accepted)
    {
        var context = new DefaultHttpContext();
        context.Request.Scheme = "https";
        context.Request.Headers.AcceptEncoding = accepted;
        context.Response.ContentType = "application/json";
        return context;
    }
}
