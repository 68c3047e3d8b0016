using System.IO.Compression;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace ActorBalancer.Api.Proxying.Listening;

/// <summary>Says which answers are compressed, and how. Any thread.</summary>
/// <remarks>The framework chooses by the client's wishes and the type; the rules of a proxy come first: what is
/// compressed already, must not be changed, or is awaited bit by bit is left alone.</remarks>
internal sealed class AnswerCompression : IResponseCompressionProvider
{
    // Below this the head of a gzip member eats the gain. Source: nginx's documentation, gzip_min_length, and our own.
    private const int BytesMin = 256;

    private readonly ResponseCompressionProvider _framework;

    /// <summary>Brotli and gzip, both at their fastest: the time of the answer is what counts here.</summary>
    public AnswerCompression()
    {
        var options = new ResponseCompressionOptions
        {
            // The operator switched it on for this pool, knowing what it carries.
            EnableForHttps = true,
            MimeTypes = ResponseCompressionDefaults.MimeTypes.Concat(["image/svg+xml", "application/x-ndjson"]),
        };
        options.Providers.Add(new BrotliCompressionProvider(
            Options.Create(new BrotliCompressionProviderOptions { Level = CompressionLevel.Fastest })));
        options.Providers.Add(new GzipCompressionProvider(
            Options.Create(new GzipCompressionProviderOptions { Level = CompressionLevel.Fastest })));
        using var services = new ServiceCollection().AddLogging().BuildServiceProvider();
        _framework = new ResponseCompressionProvider(services, Options.Create(options));
    }

    /// <inheritdoc/>
    public bool CheckRequestAcceptsCompression(HttpContext context) =>
        _framework.CheckRequestAcceptsCompression(context);

    /// <inheritdoc/>
    public ICompressionProvider? GetCompressionProvider(HttpContext context) =>
        _framework.GetCompressionProvider(context);

    /// <inheritdoc/>
    public bool ShouldCompressResponse(HttpContext context)
    {
        var response = context.Response;
        var headers = response.Headers;
        if (response.StatusCode is < 200 or 204 or 206 or 304
            || headers.ContentEncoding.Count > 0
            || headers.ContentLength < BytesMin
            || IsEventStream(response.ContentType)
            || ForbidsTransform(headers)
            || !_framework.ShouldCompressResponse(context))
        {
            return false;
        }

        if (_framework.GetCompressionProvider(context) is not null)
            WeakenTag(headers);
        return true;
    }

    private static bool IsEventStream(string? type) =>
        type is not null && type.AsSpan().TrimStart().StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase);

    private static bool ForbidsTransform(IHeaderDictionary headers)
    {
        foreach (var value in headers.CacheControl)
        {
            if (value is not null
                && value.Contains(CacheControlHeaderValue.NoTransformString, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    // RFC 9110, section 8.8.1: a strong tag names these very bytes, which the client does not get.
    private static void WeakenTag(IHeaderDictionary headers)
    {
        if (headers.ETag is [{ } tag] && !tag.StartsWith("W/", StringComparison.Ordinal))
            headers.ETag = "W/" + tag;
    }
}
