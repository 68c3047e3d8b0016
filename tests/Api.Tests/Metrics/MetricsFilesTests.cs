using System.Text.Json;
using System.Text.RegularExpressions;
using ActorBalancer.Api.Metrics;
using ActorBalancer.Api.Tests.Architecture;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Metrics;

/// <summary>What is written about metrics, held against those that there are.</summary>
public sealed partial class MetricsFilesTests
{
    [Fact]
    public async Task Docs_Table_IsWhatTheServerExports()
    {
        var known = await MetricsCatalogue.ReadAsync();
        var text = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "metrics.md"));

        var documented = TableRow().Matches(text)
            .ToDictionary(static row => row.Groups["name"].Value, static row => row.Groups["kind"].Value);

        documented.Keys.Except(known.Keys).ShouldBeEmpty("documented, but not exported");
        known.Keys.Except(documented.Keys).ShouldBeEmpty("exported, but not documented");
        foreach (var (name, kind) in known)
            documented[name].ShouldBe(kind.ToString().ToLowerInvariant(), name);
    }

    [Theory]
    [InlineData("ops/grafana/dashboard.json")]
    [InlineData("ops/prometheus/alerts.yml")]
    public async Task Files_MetricsTheyUse_AreExported(string file)
    {
        var known = await MetricsCatalogue.ReadAsync();
        var text = await File.ReadAllTextAsync(Path.Combine(Repository.Root, file));

        var used = MetricName().Matches(text).Select(static match => match.Value).Distinct().ToArray();

        used.Length.ShouldBeGreaterThan(10);
        used.Where(name => !IsExported(name, known)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Dashboard_Panels_AreEachPlacedOnceAndAskTheChosenSource()
    {
        using var dashboard = JsonDocument.Parse(
            await File.ReadAllTextAsync(Path.Combine(Repository.Root, "ops/grafana/dashboard.json")));
        var root = dashboard.RootElement;
        root.GetProperty("schemaVersion").GetInt32().ShouldBeGreaterThanOrEqualTo(39);
        root.GetProperty("templating").GetProperty("list").EnumerateArray()
            .ShouldContain(static one => one.GetProperty("type").ValueEquals("datasource"));
        var panels = root.GetProperty("panels").EnumerateArray().ToArray();
        panels.Select(static panel => panel.GetProperty("id").GetInt32()).ShouldBeUnique();
        panels.Select(static panel => panel.GetProperty("gridPos").GetProperty("x").GetInt32()
            + (panel.GetProperty("gridPos").GetProperty("y").GetInt32() * 100)).ShouldBeUnique();
        foreach (var target in panels.Where(static panel => panel.TryGetProperty("targets", out _))
            .SelectMany(static panel => panel.GetProperty("targets").EnumerateArray()))
        {
            target.GetProperty("expr").GetString().ShouldNotBeNullOrWhiteSpace();
            target.GetProperty("datasource").GetProperty("uid").GetString().ShouldBe("${datasource}");
        }
    }

    // The parts of a histogram have endings of their own.
    private static bool IsExported(string name, IReadOnlyDictionary<string, MetricKind> known) =>
        known.ContainsKey(name) || (HistogramPart().Match(name) is { Success: true } part
            && known.TryGetValue(part.Groups[1].Value, out var kind) && kind == MetricKind.Histogram);

    [GeneratedRegex(@"^\| `(?<name>[a-z_]+)` \| (?<kind>counter|gauge|histogram) \|", RegexOptions.Multiline)]
    private static partial Regex TableRow();

    [GeneratedRegex(@"\b(?:lb|process|dotnet|kestrel)_[a-z0-9_]+")]
    private static partial Regex MetricName();

    [GeneratedRegex("^(.*)_(?:bucket|sum|count)$")]
    private static partial Regex HistogramPart();
}
