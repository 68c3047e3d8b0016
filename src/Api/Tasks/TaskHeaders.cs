using ActorBalancer.Api.Hosting;
using ActorBalancer.Api.Security;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace ActorBalancer.Api.Tasks;

/// <summary>Checks the headers of a task that say what its body is and carry the worker's key.</summary>
internal static class TaskHeaders
{
    /// <summary>Carries the key of the worker that shall run the task.</summary>
    public const string WorkerKeyName = "x-wr-auth";

    private const string Json = "application/json";

    private const string JsonRule = "'application/json' (or a type that ends in '+json')";
    private const string LinesRule = "'application/x-ndjson' (or 'application/ndjson' or 'application/jsonl')";
    private static readonly string[] LineTypes = ["application/x-ndjson", "application/ndjson", "application/jsonl"];

    /// <summary>Null when the body is JSON in UTF-8, neither packed nor in another charset.</summary>
    public static EdgeError? CheckContent(HttpContext context) =>
        CheckEncoding(context) ?? (IsJson(context.Request.Headers.ContentType) ? null : WrongType(JsonRule));

    /// <summary>Null when the body is lines of JSON in UTF-8, neither packed nor in another charset.</summary>
    public static EdgeError? CheckLines(HttpContext context) =>
        CheckEncoding(context) ?? (AreLines(context.Request.Headers.ContentType) ? null : WrongType(LinesRule));

    /// <summary>Reads the worker's key.</summary>
    /// <param name="headers">The request's headers.</param>
    /// <param name="workerKey">The header's value as it came; null when there is none.</param>
    /// <returns>Null when the header is fit to be passed on, or absent.</returns>
    public static EdgeError? TakeWorkerKey(IHeaderDictionary headers, out string? workerKey)
    {
        workerKey = null;
        if (!headers.TryGetValue(WorkerKeyName, out var values))
            return null;
        if (values.Count != 1)
            return Invalid("Header 'x-wr-auth' must come once.");
        var value = values[0].AsSpan();
        if (value.ContainsAny(HeaderText.Controls))
            return Invalid("Header 'x-wr-auth' holds a control character.");
        if (!BalancerKey.WithoutScheme(value).IsEmpty)
            workerKey = values[0];
        return null;
    }

    private static EdgeError Invalid(string text) => new(400, "header_invalid", text) { Member = WorkerKeyName };

    private static EdgeError? CheckEncoding(HttpContext context)
    {
        var headers = context.Request.Headers;
        if (headers.ContentEncoding.Count == 0 || IsIdentity(headers.ContentEncoding))
            return null;
        context.Response.Headers.AcceptEncoding = "identity"; // RFC 9110, section 12.5.3
        return new EdgeError(415, "content_encoding_unsupported",
            "Header 'Content-Encoding' must be 'identity' or left out; send the body unpacked.");
    }

    private static EdgeError WrongType(string rule) => new(415, "content_type_unsupported",
        $"Header 'Content-Type' must be {rule}, with charset utf-8 or none.");

    private static bool IsIdentity(StringValues encodings)
    {
        foreach (var encoding in encodings)
        {
            if (!string.Equals(encoding, "identity", StringComparison.OrdinalIgnoreCase))
                return false;
        }

        return true;
    }

    private static bool IsJson(StringValues types)
    {
        if (types.Count != 1)
            return false;
        if (string.Equals(types[0], Json, StringComparison.OrdinalIgnoreCase))
            return true;
        return MediaTypeHeaderValue.TryParse(types[0], out var type)
            && (type.MediaType.Equals(Json, StringComparison.OrdinalIgnoreCase)
                || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase))
            && IsUtf8OrNone(type);
    }

    private static bool AreLines(StringValues types) =>
        types.Count == 1
        && MediaTypeHeaderValue.TryParse(types[0], out var type)
        && LineTypes.Contains(type.MediaType.Value, StringComparer.OrdinalIgnoreCase)
        && IsUtf8OrNone(type);

    private static bool IsUtf8OrNone(MediaTypeHeaderValue type)
    {
        foreach (var parameter in type.Parameters)
        {
            if (parameter.Name.Equals("charset", StringComparison.OrdinalIgnoreCase)
                && !HeaderUtilities.RemoveQuotes(parameter.Value).Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }
        }

        return true;
    }
}
