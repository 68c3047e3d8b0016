using System.Buffers;
using System.Text.Json;
using ActorBalancer.Api.Hosting;

namespace ActorBalancer.Api.Health;

/// <summary>Answers with JSON that is made for this request and kept by nobody.</summary>
internal static class JsonAnswer
{
    /// <summary>Writes what <paramref name="write"/> writes as the whole answer.</summary>
    public static async Task WriteAsync(HttpResponse response, int status, Action<Utf8JsonWriter> write)
    {
        var body = new ArrayBufferWriter<byte>(1024);
        await using (var json = new Utf8JsonWriter(body, EdgeErrors.JsonText))
            write(json);
        response.StatusCode = status;
        response.ContentType = EdgeErrors.JsonContentType;
        response.Headers.CacheControl = "no-store";
        response.ContentLength = body.WrittenCount;
        await response.Body.WriteAsync(body.WrittenMemory);
    }
}
