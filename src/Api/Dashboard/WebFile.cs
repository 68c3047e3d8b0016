using System.Buffers.Text;
using System.IO.Compression;
using System.Security.Cryptography;
using ActorBalancer.Api.Security;
using Microsoft.Net.Http.Headers;

namespace ActorBalancer.Api.Dashboard;

/// <summary>A file of the dashboard, kept in memory with what browsers need to keep it too. Thread-safe.</summary>
internal sealed class WebFile
{
    // Below this the head of a gzip member eats the gain. Source: nginx's documentation, gzip_min_length, and our own.
    private const int CompressedBytesMin = 256;

    private readonly byte[] _content;
    private readonly string _type;
    private readonly string _hash;
    private readonly Lazy<byte[]> _brotli;
    private readonly Lazy<byte[]> _gzip;

    /// <summary>A file.</summary>
    /// <param name="content">Its bytes; not changed after this.</param>
    /// <param name="type">Its media type.</param>
    public WebFile(byte[] content, string type)
    {
        _content = content;
        _type = type;
        _hash = Base64Url.EncodeToString(SHA256.HashData(content).AsSpan(0, 12));

        // Made when first asked for: a balancer that nobody looks at starts without that work.
        _brotli = new(() => Compress(static to => new BrotliStream(to, CompressionLevel.Optimal, leaveOpen: true)));
        _gzip = new(() => Compress(static to => new GZipStream(to, CompressionLevel.Optimal, leaveOpen: true)));
    }

    /// <summary>Answers with the file, compressed when the client takes that, or with 304 when it has it.</summary>
    /// <param name="context">The request.</param>
    /// <param name="status">Status of the answer with a body.</param>
    public Task SendAsync(HttpContext context, int status = StatusCodes.Status200OK)
    {
        var (content, encoding) = Choose(context.Request);
        var response = context.Response;
        PageHeaders.Apply(response);
        var tag = new EntityTagHeaderValue($"\"{_hash}{encoding}\"");
        response.Headers.ETag = tag.ToString();
        response.Headers.CacheControl = "no-cache";
        response.Headers.Vary = "Accept-Encoding";
        if (status == StatusCodes.Status200OK && HasIt(context.Request, tag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        response.StatusCode = status;
        response.ContentType = _type;
        response.ContentLength = content.Length;
        if (encoding.Length > 0)
            response.Headers.ContentEncoding = encoding;
        return response.Body.WriteAsync(content).AsTask();
    }

    private static bool HasIt(HttpRequest request, EntityTagHeaderValue tag)
    {
        foreach (var known in request.GetTypedHeaders().IfNoneMatch)
        {
            if (known.Equals(EntityTagHeaderValue.Any) || known.Compare(tag, useStrongComparison: false))
                return true;
        }

        return false;
    }

    private static bool Takes(IList<StringWithQualityHeaderValue> encodings, string name)
    {
        foreach (var encoding in encodings)
        {
            if (encoding.Value.Equals(name, StringComparison.OrdinalIgnoreCase))
                return encoding.Quality is not 0;
        }

        return false;
    }

    private (byte[] Content, string Encoding) Choose(HttpRequest request)
    {
        if (_content.Length < CompressedBytesMin)
            return (_content, "");
        var encodings = request.GetTypedHeaders().AcceptEncoding;
        if (Takes(encodings, "br"))
            return (_brotli.Value, "br");
        return Takes(encodings, "gzip") ? (_gzip.Value, "gzip") : (_content, "");
    }

    private byte[] Compress(Func<Stream, Stream> open)
    {
        using var compressed = new MemoryStream();
        using (var stream = open(compressed))
            stream.Write(_content);
        return compressed.ToArray();
    }
}
