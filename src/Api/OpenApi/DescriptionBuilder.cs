using System.Globalization;
using System.Text.Json.Nodes;
using ActorBalancer.Engine;
using Microsoft.AspNetCore.WebUtilities;

namespace ActorBalancer.Api.OpenApi;

/// <summary>
/// Puts the description of the HTTP interface together from the files of the folder <c>description</c>. An operation
/// names the codes of its errors in <c>x-errors</c>; the answers of these codes, and those that every operation can
/// give, are made from <c>errors.json</c>.
/// </summary>
internal static class DescriptionBuilder
{
    private const string Root = "description/";
    private const string DocumentFile = Root + "document.json";
    private const string ErrorsFile = Root + "errors.json";

    private static readonly string[] KeyErrors = ["unauthorized", "header_invalid", "too_many_wrong_keys"];
    private static readonly string[] BodyErrors = ["body_broken", "body_too_slow", "body_too_large"];

    /// <summary>Builds the document.</summary>
    /// <exception cref="InvalidOperationException">The files contradict each other; the message says where.</exception>
    public static JsonObject Build()
    {
        var document = Read(DocumentFile);
        var errors = Read(ErrorsFile);
        document["info"]!["version"] = ProgramVersion.Text.Split('+')[0];
        var paths = new JsonObject();
        var schemas = document["components"]!["schemas"]!.AsObject();
        var parts = typeof(DescriptionBuilder).Assembly.GetManifestResourceNames()
            .Where(static name => name.StartsWith(Root, StringComparison.Ordinal))
            .Except([DocumentFile, ErrorsFile], StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);
        foreach (var name in parts)
        {
            var part = Read(name);
            Move(part["paths"], paths, name);
            Move(part["schemas"], schemas, name);
        }

        foreach (var (_, path) in paths)
        {
            foreach (var (method, operation) in path!.AsObject())
                Complete(operation!.AsObject(), method, errors);
        }

        schemas["Problem"]!["properties"]!["code"]!["enum"] =
            new JsonArray([.. errors.Select(static error => JsonValue.Create(error.Key))]);
        document["paths"] = paths;
        return document;
    }

    private static JsonObject Read(string resource)
    {
        using var stream = typeof(DescriptionBuilder).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"The program was built without its file {resource}.");
        return JsonNode.Parse(stream)!.AsObject();
    }

    private static void Move(JsonNode? from, JsonObject to, string file)
    {
        foreach (var (name, value) in from?.AsObject().ToArray() ?? [])
        {
            if (!to.TryAdd(name, value!.DeepClone()))
                throw new InvalidOperationException($"{file}: '{name}' stands in another file too.");
        }
    }

    private static void Complete(JsonObject operation, string method, JsonObject errors)
    {
        var codes = new SortedSet<string>(StringComparer.Ordinal) { "internal_error" };
        if (operation["x-errors"] is JsonArray own)
            codes.UnionWith(own.Select(static code => code!.GetValue<string>()));
        operation.Remove("x-errors");
        if (operation["security"] is not JsonArray { Count: 0 })
        {
            codes.UnionWith(KeyErrors);
            if (method != "get")
                codes.Add("origin_foreign");
        }

        if (operation["requestBody"] is not null)
            codes.UnionWith(BodyErrors);
        var answers = operation["responses"]!.AsObject();
        foreach (var group in codes.GroupBy(code => StatusOf(errors, code)).OrderBy(static group => group.Key))
        {
            var status = group.Key.ToString(CultureInfo.InvariantCulture);
            if (!answers.TryAdd(status, AnswerOf(group.Key, [.. group], errors)))
                throw new InvalidOperationException($"{operation["operationId"]}: answer {status} stands there twice.");
        }
    }

    private static int StatusOf(JsonObject errors, string code) =>
        errors[code]?["status"]?.GetValue<int>()
        ?? throw new InvalidOperationException($"Error '{code}' is not in {ErrorsFile}.");

    private static JsonObject AnswerOf(int status, string[] codes, JsonObject errors)
    {
        var answer = new JsonObject
        {
            ["description"] = $"{ReasonPhrases.GetReasonPhrase(status)}: {string.Join(", ", codes)}",
        };
        if (status == StatusCodes.Status401Unauthorized)
            answer["headers"] = HeaderOf("WWW-Authenticate", "string", "The scheme of the key");
        else if (status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable)
            answer["headers"] = HeaderOf("Retry-After", "integer", "Seconds until a new try has a chance");
        answer["content"] = new JsonObject
        {
            ["application/json"] = new JsonObject
            {
                ["schema"] = new JsonObject
                {
                    ["allOf"] = new JsonArray(new JsonObject { ["$ref"] = "#/components/schemas/Problem" }),
                    ["properties"] = new JsonObject
                    {
                        ["code"] = new JsonObject
                        {
                            ["enum"] = new JsonArray([.. codes.Select(static code => JsonValue.Create(code))]),
                        },
                    },
                },
                ["examples"] = new JsonObject(codes.Select(code => KeyValuePair.Create<string, JsonNode?>(
                    code, new JsonObject { ["value"] = ExampleOf(code, errors[code]!) }))),
            },
        };
        return answer;
    }

    private static JsonObject HeaderOf(string name, string type, string description) => new()
    {
        [name] = new JsonObject
        {
            ["description"] = description,
            ["schema"] = new JsonObject { ["type"] = type },
        },
    };

    private static JsonObject ExampleOf(string code, JsonNode error)
    {
        var status = error["status"]!.GetValue<int>();
        var text = error["error"]!.GetValue<string>();
        var example = new JsonObject
        {
            ["error"] = text,
            ["type"] = "about:blank",
            ["title"] = ReasonPhrases.GetReasonPhrase(status),
            ["status"] = status,
            ["detail"] = text,
            ["code"] = code,
        };
        foreach (var member in (string[])["member", "outcome", "state"])
        {
            if (error[member] is { } value)
                example[member] = value.DeepClone();
        }

        return example;
    }
}
