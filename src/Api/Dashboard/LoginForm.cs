using System.Text;
using System.Text.Json;
using ActorBalancer.Api.Hosting;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace ActorBalancer.Api.Dashboard;

/// <summary>Reads the key that a login carries.</summary>
internal static class LoginForm
{
    // A key is a header's value at most; percent-encoding makes three bytes of one. Source: ours.
    private const int BodyBytesMax = 16 * 1024;

    private static readonly EdgeError UnknownType = new(
        415, "content_type_unsupported",
        "A login is sent as 'application/x-www-form-urlencoded' or 'application/json'.");

    private static readonly EdgeError TooLarge = new(
        413, "body_too_large", "A login has at most 16 KiB.")
    {
        CloseConnection = true,
    };

    private static readonly EdgeError NoKey = new(
        400, "member_missing", "A login is an object with the member 'key', a string.")
    {
        Member = "key",
    };

    /// <summary>True when the answer is to be JSON: the client is a program.</summary>
    public static bool IsJson(HttpRequest request) => IsOfType(request, "application/json");

    /// <summary>Reads the key; it is empty when the form has none, or several.</summary>
    public static async Task<(string Key, EdgeError? Error)> ReadKeyAsync(HttpRequest request)
    {
        var isJson = IsJson(request);
        if (!isJson && !IsOfType(request, "application/x-www-form-urlencoded"))
            return ("", UnknownType);
        var body = new byte[BodyBytesMax + 1];
        var length = await request.Body.ReadAtLeastAsync(
            body, body.Length, throwOnEndOfStream: false, request.HttpContext.RequestAborted);
        if (length > BodyBytesMax)
            return ("", TooLarge);
        var sent = body.AsSpan(0, length);
        if (isJson)
            return ReadJson(sent) is { } key ? (key, null) : ("", NoKey);
        return (QueryHelpers.ParseQuery(Encoding.UTF8.GetString(sent)).TryGetValue("key", out var values)
            && values is [{ } value] ? value : "", null);
    }

    private static string? ReadJson(ReadOnlySpan<byte> body)
    {
        try
        {
            var json = JsonElement.Parse(body);
            return json.ValueKind == JsonValueKind.Object
                && json.TryGetProperty("key"u8, out var key)
                && key.ValueKind == JsonValueKind.String ? key.GetString() : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The latter for a string whose escapes are no text.
            return null;
        }
    }

    private static bool IsOfType(HttpRequest request, string type) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var sent)
        && sent.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase);
}
