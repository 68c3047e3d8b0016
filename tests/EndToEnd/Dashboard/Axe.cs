using System.Text.Json;
using Deque.AxeCore.Commons;
using Microsoft.Playwright;

namespace ActorBalancer.EndToEnd.Dashboard;

/// <summary>The rules of accessibility that axe-core knows, asked of a page.</summary>
internal static class Axe
{
    private static readonly string Script = new BundledAxeScriptProvider().GetScript();

    /// <summary>What is seriously or critically wrong, a line each; empty when nothing is.</summary>
    public static async Task<IReadOnlyList<string>> FindFaultsAsync(IPage page)
    {
        // The protocol's own evaluation is no script of the page: its policy stays as it is.
        await page.EvaluateAsync(Script + "; undefined");
        var violations = await page.EvaluateAsync<JsonElement>(
            "async () => (await axe.run(document, { resultTypes: ['violations'] })).violations");
        return [.. violations.EnumerateArray().Where(IsSerious).Select(Describe)];
    }

    private static bool IsSerious(JsonElement violation) =>
        violation.GetProperty("impact").GetString() is "serious" or "critical";

    private static string Describe(JsonElement violation)
    {
        var nodes = violation.GetProperty("nodes").EnumerateArray().Take(5).Select(node =>
            $"  {node.GetProperty("html").GetString()}: {node.GetProperty("failureSummary").GetString()}");
        return $"{violation.GetProperty("impact").GetString()} {violation.GetProperty("id").GetString()}: "
            + $"{violation.GetProperty("help").GetString()}\n{string.Join('\n', nodes)}";
    }
}
