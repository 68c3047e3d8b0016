using System.Text.Json;
using ActorBalancer.Api.OpenApi;

namespace ActorBalancer.Api.Tests.OpenApi;

/// <summary>The description as tests read it.</summary>
internal static class Described
{
    /// <summary>The whole document.</summary>
    public static JsonElement Document { get; } =
        JsonSerializer.Deserialize<JsonElement>(DescriptionBuilder.Build().ToJsonString());

    /// <summary>Holds values against its schemas.</summary>
    public static SchemaCheck Schemas { get; } = new(Document);

    /// <summary>All operations, such as <c>POST /task</c>.</summary>
    public static IEnumerable<(string Method, string Path, JsonElement Operation)> Operations =>
        Document.GetProperty("paths").EnumerateObject().SelectMany(static path => path.Value.EnumerateObject()
            .Select(operation => (operation.Name.ToUpperInvariant(), path.Name, operation.Value)));

    /// <summary>One operation.</summary>
    public static JsonElement Operation(string method, string path) => Document.GetProperty("paths")
        .GetProperty(path).GetProperty(method.ToLowerInvariant());

    /// <summary>The examples of a body, of a request or an answer.</summary>
    public static IEnumerable<(string MediaType, JsonElement Schema, JsonElement Value)> ExamplesOf(JsonElement body)
    {
        if (!body.TryGetProperty("content", out var content))
            yield break;
        foreach (var media in content.EnumerateObject())
        {
            var schema = media.Value.GetProperty("schema");
            if (media.Value.TryGetProperty("example", out var example))
                yield return (media.Name, schema, example);
            if (!media.Value.TryGetProperty("examples", out var examples))
                continue;
            foreach (var one in examples.EnumerateObject())
                yield return (media.Name, schema, one.Value.GetProperty("value"));
        }
    }
}
