using System.Text.Json;
using System.Text.RegularExpressions;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Api.Tests.Architecture;
using ActorBalancer.Api.Tests.Operations;
using Microsoft.AspNetCore.Routing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.OpenApi;

/// <summary>The description against what the program has.</summary>
public sealed partial class DescriptionTests
{
    private static readonly string[] Implied = ["HEAD", "OPTIONS"];

    // Other listeners, and words that are no codes.
    private static readonly string[] Elsewhere = ["/Configuration/", "/Proxying/", "/Metrics/"];

    [Fact]
    public async Task Paths_Routes_AreTheSame()
    {
        await using var balancer = await OperationsHarness.StartAsync();
        var mapped = balancer.Host.Routes.OfType<RouteEndpoint>().SelectMany(static route =>
            route.Metadata.GetMetadata<EdgeRoute>()!.Allow.Split(", ")
                .Except(Implied)
                .Select(method => $"{method} {PathOf(route.RoutePattern.RawText!)}")).ToArray();
        var described = Described.Operations.Select(static one => $"{one.Method} {one.Path}").ToArray();

        mapped.Except(described).ShouldBeEmpty("routes that are not described");
        described.Except(mapped).ShouldBeEmpty("routes that there are not");
    }

    [Fact]
    public async Task Security_Routes_IsThatOfTheGate()
    {
        await using var balancer = await OperationsHarness.StartAsync();
        foreach (var route in balancer.Host.Routes.OfType<RouteEndpoint>())
        {
            var edge = route.Metadata.GetMetadata<EdgeRoute>()!;
            var path = PathOf(route.RoutePattern.RawText!);
            foreach (var method in edge.Allow.Split(", ").Except(Implied))
            {
                var kind = !Described.Operation(method, path).TryGetProperty("security", out var security)
                    ? RouteAccess.BalancerKey
                    : security.GetArrayLength() == 0 ? RouteAccess.Public : RouteAccess.PublicPart;
                kind.ShouldBe(edge.Access, $"{method} {path}");
            }
        }
    }

    [Fact]
    public void Errors_CodesOfTheSource_AreTheSame()
    {
        var sources = Repository.Files("src/Api", ".cs")
            .Where(static file => !Elsewhere.Any(file.Contains))
            .Select(File.ReadAllText).ToArray();
        var described = Described.Document.GetProperty("components").GetProperty("schemas").GetProperty("Problem")
            .GetProperty("properties").GetProperty("code").GetProperty("enum")
            .EnumerateArray().Select(static code => code.GetString()!).ToArray();

        var inSource = sources.SelectMany(static text => Code().Matches(text))
            .Select(static match => match.Groups["code"].Value);
        inSource.Except(described).ShouldBeEmpty("codes that are not described");
        described.Where(code => !sources.Any(text => text.Contains($"\"{code}\"", StringComparison.Ordinal)))
            .ShouldBeEmpty("codes that are nowhere");
    }

    [Fact]
    public void Errors_Described_AreEachGivenBySomeOperation()
    {
        // What the gate says of paths and methods belongs to none.
        string[] ofTheGate = ["method_not_allowed"];
        var given = Described.Operations
            .SelectMany(static one => one.Operation.GetProperty("responses").EnumerateObject())
            .SelectMany(static answer => Described.ExamplesOf(answer.Value))
            .Where(static example => example.Value.ValueKind == JsonValueKind.Object
                && example.Value.TryGetProperty("code", out _))
            .Select(static example => example.Value.GetProperty("code").GetString()!)
            .Concat(ofTheGate);

        var all = Described.Document.GetProperty("components").GetProperty("schemas").GetProperty("Problem")
            .GetProperty("properties").GetProperty("code").GetProperty("enum")
            .EnumerateArray().Select(static code => code.GetString()!);
        all.Except(given).ShouldBeEmpty();
    }

    [Fact]
    public void Examples_All_FitTheirSchemas()
    {
        var count = 0;
        foreach (var (method, path, operation) in Described.Operations)
        {
            var bodies = operation.GetProperty("responses").EnumerateObject().Select(static answer => answer.Value);
            if (operation.TryGetProperty("requestBody", out var request))
                bodies = bodies.Append(request);
            foreach (var (type, schema, value) in bodies.SelectMany(Described.ExamplesOf))
            {
                Described.Schemas.Check(value, schema).ShouldBeEmpty($"{method} {path}, {type}: {value}");
                count++;
            }
        }

        count.ShouldBeGreaterThan(100);
    }

    [Fact]
    public void References_All_LeadSomewhere()
    {
        foreach (Match reference in Reference().Matches(Described.Document.GetRawText()))
        {
            var element = JsonSerializer.Deserialize<JsonElement>($$"""{"$ref":"{{reference.Groups["target"].Value}}"}""");
            Should.NotThrow(() => Described.Schemas.Resolve(element), reference.Value);
        }
    }

    [Fact]
    public void Operations_All_HaveATagAWordAndTheirPathsParameters()
    {
        var tags = Described.Document.GetProperty("tags").EnumerateArray()
            .Select(static tag => tag.GetProperty("name").GetString()!).ToArray();
        var ids = new HashSet<string>();
        foreach (var (method, path, operation) in Described.Operations)
        {
            var name = $"{method} {path}";
            tags.ShouldContain(operation.GetProperty("tags")[0].GetString()!, name);
            operation.GetProperty("summary").GetString().ShouldNotBeNullOrEmpty(name);
            ids.Add(operation.GetProperty("operationId").GetString()!).ShouldBeTrue(name);
            var parameters = operation.TryGetProperty("parameters", out var list)
                ? list.EnumerateArray().Select(Described.Schemas.Resolve).ToArray()
                : [];
            parameters.Where(static one => one.GetProperty("in").GetString() == "path")
                .Select(static one => one.GetProperty("name").GetString()!)
                .ShouldBe(PathPart().Matches(path).Select(static part => part.Groups["name"].Value), ignoreOrder: true, name);
            operation.GetProperty("responses").EnumerateObject()
                .ShouldAllBe(static answer => answer.Value.GetProperty("description").GetString()!.Length > 0);
        }
    }

    // What a route calls the rest of a path is one parameter to others.
    private static string PathOf(string pattern) => pattern.Replace("{**", "{", StringComparison.Ordinal);

    [GeneratedRegex(@"""(?<code>[a-z]+(_[a-z]+)+)""\s*[,:]", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Code();

    [GeneratedRegex(@"""\$ref"":\s*""(?<target>[^""]+)""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Reference();

    [GeneratedRegex(@"\{(?<name>[a-z]+)\}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex PathPart();
}
