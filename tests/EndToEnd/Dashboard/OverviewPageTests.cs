using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Xunit;

namespace ActorBalancer.EndToEnd.Dashboard;

/// <summary>The first page: figures and charts that move while tasks run.</summary>
[Collection(BrowserCollection.Name)]
public sealed class OverviewPageTests(BrowserFixture browser, HelloScene hello) : IClassFixture<HelloScene>
{
    private const int Tasks = 30;

    // The picture of the README: OVERVIEW_LOAD_SECONDS=150 keeps tasks coming for so long.
    private static readonly TimeSpan Load = TimeSpan.FromSeconds(
        int.TryParse(Environment.GetEnvironmentVariable("OVERVIEW_LOAD_SECONDS"), out var seconds) ? seconds : 0);

    [Theory]
    [InlineData(1440)]
    [InlineData(390)]
    public async Task Charts_WhileTasksRun_GetPoints(int width)
    {
        await browser.VisitAsync(hello.Scene, "/dashboard", new Look(width, IsDark: false), async page =>
        {
            await Assertions.Expect(page.Page.Locator(".node-state")).ToHaveTextAsync("ready");

            await RunTasksAsync();

            await Assertions.Expect(page.Page.Locator(".card").Filter(new() { HasText = "Completed" }))
                .ToContainTextAsync(new Regex("[1-9][0-9]* succeeded"));
            await Assertions.Expect(page.Page.GetByRole(AriaRole.Img, new() { Name = "Throughput" }))
                .ToHaveAttributeAsync("aria-label", new Regex("Completed: now .+/s, least .+/s, most (0\\.|[1-9])"));
            await Assertions.Expect(page.Page.GetByRole(AriaRole.Img, new() { Name = "Latency" }))
                .ToHaveAttributeAsync("aria-label", new Regex("p99: now [0-9.]+ m?s"));
            await Assertions.Expect(page.Page.Locator(".chart-line").First).ToBeVisibleAsync();
            await page.ScreenshotAsync("overview-tasks");
        });
    }

    [Fact]
    public async Task Start_WithoutWorkers_SaysHowToAddOne()
    {
        await using var scene = await DashboardScene.StartAsync([], 0);

        await browser.VisitAsync(scene, "/dashboard", Look.Narrow, async page =>
        {
            var welcome = page.Page.Locator(".panel").Filter(new() { HasText = "Add a first worker" });
            await Assertions.Expect(welcome).ToContainTextAsync("workers.json");
            await page.CheckWidthAsync();
            await page.CheckAccessibilityAsync();
            await page.ScreenshotAsync("overview-empty");
        });
    }

    [Fact]
    public async Task Start_WithoutTasks_GivesALineToPasteWithoutAKey()
    {
        await using var scene = await DashboardScene.StartAsync();

        await browser.VisitAsync(scene, "/dashboard", Look.Wide, async page =>
        {
            var line = page.Page.Locator(".snippet code");
            await Assertions.Expect(line).ToContainTextAsync($"curl {scene.Balancer.Url.ToString().TrimEnd('/')}/task");
            await Assertions.Expect(line).ToContainTextAsync("$LB_KEY");
            await Assertions.Expect(line).Not.ToContainTextAsync(Balancer.BalancerProcess.Key);

            await RunTaskAsync(scene);

            await Assertions.Expect(line).ToBeHiddenAsync();
        });
    }

    private async Task RunTasksAsync()
    {
        var begin = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, 6).Select(async _ =>
        {
            for (var i = 0; i < Tasks / 6 || TimeProvider.System.GetElapsedTime(begin) < Load; i++)
            {
                if (Load == TimeSpan.Zero)
                    await RunTaskAsync(hello.Scene);
                else
                    (await hello.Scene.Balancer.PostTaskAsync($$"""{"ms":{{20 + (i * 37 % 160)}}}""", "sleep")).Dispose();
            }
        }));
    }

    private static async Task RunTaskAsync(DashboardScene scene)
    {
        using var answer = await scene.Balancer.PostTaskAsync("""{"name":"Ada"}""");
        answer.EnsureSuccessStatusCode();
    }
}
