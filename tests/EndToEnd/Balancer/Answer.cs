using System.Net.Http.Headers;
using System.Text.Json;

namespace ActorBalancer.EndToEnd.Balancer;

/// <summary>An answer of the balancer, read whole.</summary>
internal sealed record Answer(int Status, string Text, HttpResponseHeaders Headers)
{
    /// <summary>The body as JSON.</summary>
    public JsonElement Json => JsonElement.Parse(Text);

    /// <summary>A member of the body that is a string; null when it is null.</summary>
    public string? this[string member] => Json.GetProperty(member).GetString();

    /// <summary>Value of a header; null when it did not come.</summary>
    public string? Header(string name) => Headers.TryGetValues(name, out var values) ? string.Join(',', values) : null;
}
