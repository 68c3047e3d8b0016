using System.Text;
using System.Text.Json;
using Shouldly;

namespace ActorBalancer.Api.Tests.Hosting;

/// <summary>An answer of the server, read whole.</summary>
internal sealed record EdgeAnswer(int Status, ILookup<string, string> Headers, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>The body as JSON.</summary>
    public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Body);

    /// <summary>The member <c>error</c>, after a look at the members that every error has.</summary>
    public string Error
    {
        get
        {
            Headers["Content-Type"].ShouldHaveSingleItem().ShouldBe("application/json; charset=utf-8");
            var json = Json;
            json.GetProperty("status").GetInt32().ShouldBe(Status);
            json.GetProperty("type").GetString().ShouldBe("about:blank");
            json.GetProperty("title").GetString().ShouldNotBeNullOrEmpty();
            json.GetProperty("detail").GetString().ShouldNotBeNullOrEmpty();
            json.GetProperty("code").GetString()!.ShouldMatch("^[a-z][a-z_0-9]*$");
            return json.GetProperty("error").GetString().ShouldNotBeNull();
        }
    }

    public string? Code => Json.GetProperty("code").GetString();

    public string? Header(string name) => Headers[name].SingleOrDefault();

    public static async Task<EdgeAnswer> OfAsync(HttpResponseMessage response)
    {
        var headers = response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated)
            .SelectMany(pair => pair.Value.Select(value => (pair.Key, value)))
            .ToLookup(pair => pair.Key, pair => pair.value, StringComparer.OrdinalIgnoreCase);
        return new EdgeAnswer((int)response.StatusCode, headers, await response.Content.ReadAsByteArrayAsync());
    }
}
