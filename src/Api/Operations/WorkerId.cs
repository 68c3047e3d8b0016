using System.Buffers.Text;
using System.Text;

namespace ActorBalancer.Api.Operations;

/// <summary>What a worker is called in paths: its URL in base64url without padding. Pure.</summary>
internal static class WorkerId
{
    // No URL of a workers file that makes sense is longer.
    private const int LengthMax = 8192;

    private static readonly UTF8Encoding StrictUtf8 =
        new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The id of a URL.</summary>
    public static string Of(string url) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(url));

    /// <summary>Reads an id as a path has it: base64url, or ordinary base64, with or without padding,
    /// percent-encoded where a path needs that.</summary>
    /// <returns>The URL; null when it is no id.</returns>
    public static string? Read(string? segment)
    {
        if (string.IsNullOrEmpty(segment) || segment.Length > LengthMax)
            return null;

        // The framework leaves '%2F' in a segment as it came.
        var text = segment.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase).TrimEnd('=')
            .Replace('+', '-').Replace('/', '_');
        try
        {
            return StrictUtf8.GetString(Base64Url.DecodeFromChars(text));
        }
        catch (Exception exception) when (exception is FormatException or DecoderFallbackException)
        {
            return null;
        }
    }
}
