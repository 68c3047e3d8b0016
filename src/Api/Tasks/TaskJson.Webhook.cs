using System.Text;
using System.Text.Json;
using ActorBalancer.Api.Security;
using ActorBalancer.Engine.Webhooks;

namespace ActorBalancer.Api.Tasks;

// Where a result shall be sent.
internal ref partial struct TaskJson
{
    private const int UrlBytesMax = 2048;
    private const int WebhookHeadersMax = 32;
    private const int WebhookHeaderBytesMax = 8 * 1024;

    private InputFault? TakeWebhookUrl()
    {
        if (_reader.TokenType == JsonTokenType.String && _reader.ValueSpan.Length <= UrlBytesMax)
        {
            _asked.WebhookUrl = _reader.GetString();
            if (Uri.TryCreate(_asked.WebhookUrl, UriKind.Absolute, out var url)
                && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps)
                && url.UserInfo.Length == 0)
            {
                return null;
            }
        }

        return Wrong(
            "webhook.url", $"an absolute http or https URL of at most {UrlBytesMax} bytes, without user name");
    }

    private InputFault? TakeWebhookHeaderName(ReadOnlySpan<byte> name)
    {
        if (!HeaderText.IsToken(name))
        {
            return WrongHeader(
                "an object whose member names are header names (RFC 9110, section 5.6.2)",
                $"one with the name \"{JsonText.Shorten(name)}\"");
        }

        _asked.WebhookHeaderName = Encoding.ASCII.GetString(name);
        _asked.WebhookHeaderBytes += name.Length;
        return WebhookHeaders.IsReserved(_asked.WebhookHeaderName)
            ? WrongHeader(
                "an object without the headers that the balancer or the connection sets itself",
                $"one with the name \"{JsonText.Shorten(name)}\"")
            : null;
    }

    // Names and values become header lines of our own call: whatever could break one is refused here.
    private InputFault? TakeWebhookHeader()
    {
        const string Rule = "an object whose values are all strings of Latin-1 without control characters";
        if (_reader.TokenType != JsonTokenType.String)
            return Wrong("webhook.headers", Rule);
        if (_reader.ValueSpan.Length > 6 * WebhookHeaderBytesMax)
            return TooManyHeaders();
        var value = _reader.GetString()!;
        if (value.AsSpan().ContainsAny(HeaderText.Controls) || value.AsSpan().ContainsAnyExceptInRange(' ', '\u00ff'))
            return Wrong("webhook.headers", Rule);
        _asked.WebhookHeaderBytes += value.Length;
        var headers = _asked.WebhookHeaders ??= [];
        if (headers.Count == WebhookHeadersMax || _asked.WebhookHeaderBytes > WebhookHeaderBytesMax)
            return TooManyHeaders();
        headers.Add(new(_asked.WebhookHeaderName!, value));
        return null;
    }

    private static InputFault TooManyHeaders() => WrongHeader(
        $"an object of at most {WebhookHeadersMax} headers with {WebhookHeaderBytesMax} bytes in all", "larger");

    private static InputFault WrongHeader(string rule, string found) => Faults.Wrong("webhook.headers", rule, found);
}
