using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;

namespace ActorBalancer.Api.Hosting;

/// <summary>Writes errors, and holds those that several parts share.</summary>
/// <remarks>The content type is <c>application/json</c> and not <c>application/problem+json</c>: clients of the
/// system that this one replaces decide by it whether to parse, and the problem members are read by their names.
/// </remarks>
internal static class EdgeErrors
{
    /// <summary>Content type of every answer that this server makes itself.</summary>
    public const string JsonContentType = "application/json; charset=utf-8";

    /// <summary>How answers are escaped: as JSON needs it, not as HTML would, so that a sentence with an apostrophe
    /// stays readable. The content type keeps browsers from taking it for a page.</summary>
    public static JsonWriterOptions JsonText { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>No key, or a wrong one; the text of <c>error</c> is Andera's.</summary>
    public static EdgeError Unauthorized { get; } = new(401, "unauthorized", "Unauthorized")
    {
        Detail = "Send the balancer's key as 'Authorization: KEY', 'Authorization: Bearer KEY' or 'x-lb-auth: KEY', "
            + "each header once.",
    };

    /// <summary>A key holds a control character.</summary>
    public static EdgeError MalformedKey { get; } = new(
        400, "header_invalid", "A key in 'Authorization' or 'x-lb-auth' holds a control character.");

    /// <summary>A browser's session, used by a page of someone else.</summary>
    public static EdgeError OriginForeign { get; } = new(
        403, "origin_foreign",
        "With a session, only the balancer's own pages may ask; programs send the key.");

    /// <summary>No such path.</summary>
    public static EdgeError NotFound { get; } = new(404, "not_found", "There is nothing at this path.");

    /// <summary>The path knows other methods.</summary>
    public static EdgeError MethodNotAllowed { get; } = new(
        405, "method_not_allowed", "This path does not answer the request's method; 'Allow' lists those it answers.");

    /// <summary>A fault of ours. Details are in the log only.</summary>
    public static EdgeError Internal { get; } = new(
        500, "internal_error", "The balancer failed to handle the request; its log says more.");

    /// <summary>Writes <paramref name="error"/> as the whole answer.</summary>
    public static Task WriteAsync(HttpContext context, EdgeError error)
    {
        var response = context.Response;
        response.StatusCode = error.Status;
        response.ContentType = JsonContentType;
        response.Headers.XContentTypeOptions = "nosniff";
        if (error.Status == 401)
            response.Headers.WWWAuthenticate = "Bearer";
        if (error.RetryAfterSeconds is { } seconds)
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        if (error.CloseConnection)
            response.Headers.Connection = "close";

        var body = new ArrayBufferWriter<byte>(512);
        WriteJson(body, error);
        response.ContentLength = body.WrittenCount;
        return response.Body.WriteAsync(body.WrittenMemory).AsTask();
    }

    private static void WriteJson(ArrayBufferWriter<byte> body, EdgeError error)
    {
        using var json = new Utf8JsonWriter(body, JsonText);
        json.WriteStartObject();
        if (error.IsWorkerFailure)
            json.WriteBoolean("success"u8, false);
        json.WriteString("error"u8, error.Error);
        json.WriteString("type"u8, "about:blank"u8);
        json.WriteString("title"u8, ReasonPhrases.GetReasonPhrase(error.Status));
        json.WriteNumber("status"u8, error.Status);
        json.WriteString("detail"u8, error.Detail ?? error.Error);
        json.WriteString("code"u8, error.Code);
        if (error.Member is not null)
            json.WriteString("member"u8, error.Member);
        if (error.Outcome is not null)
            json.WriteString("outcome"u8, error.Outcome);
        if (error.State is not null)
            json.WriteString("state"u8, error.State);
        if (error.TraceId is not null)
            json.WriteString("traceId"u8, error.TraceId);
        json.WriteEndObject();
    }
}
