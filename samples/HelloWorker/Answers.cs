using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ActorBalancer.HelloWorker;

/// <summary>Writes JSON answers.</summary>
internal static class Answers
{
    // The answer is application/json and never part of a page, so letters stay letters.
    private static readonly JsonSerializerOptions Plain = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The JSON text in UTF-8.</summary>
    public static byte[] ToBytes(JsonNode json, bool newLine = false)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(json, Plain);
        return newLine ? [.. bytes, (byte)'\n'] : bytes;
    }

    /// <summary>Sends a whole answer.</summary>
    public static Task SendAsync(HttpContext context, int status, byte[] json)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = json.Length;
        return context.Response.Body.WriteAsync(json, context.RequestAborted).AsTask();
    }

    /// <summary>Sends a whole answer.</summary>
    public static Task SendAsync(HttpContext context, int status, JsonNode json) =>
        SendAsync(context, status, ToBytes(json));

    /// <summary>Sends <c>{"error":...}</c>.</summary>
    public static Task SendErrorAsync(HttpContext context, int status, string error) =>
        SendAsync(context, status, new JsonObject { ["error"] = error });
}
