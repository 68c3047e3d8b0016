using ActorBalancer.Testing.Workers;
using Microsoft.Playwright;
using Shouldly;
using Xunit;

namespace ActorBalancer.EndToEnd.Dashboard;

/// <summary>The page of the live log.</summary>
[Collection(BrowserCollection.Name)]
public sealed class LogsPageTests(BrowserFixture browser)
{
    private const string Markup = "<img src=x onerror=alert(1)>";

    [Theory]
    [InlineData(1440, false)]
    [InlineData(390, true)]
    public async Task Tail_WhenALineIsWritten_ShowsItAsText(int width, bool isDark)
    {
        await using var worker = await FakeWorker.StartAsync(new FakeWorkerOptions { Group = Markup });
        await using var scene = await DashboardScene.StartAsync([worker], 1);

        await browser.VisitAsync(scene, "/dashboard#/logs", new Look(width, isDark), async page =>
        {
            var log = page.Page.GetByRole(AriaRole.Log);
            await Assertions.Expect(log).ToContainTextAsync(Markup);
            await Assertions.Expect(log).Not.ToContainTextAsync("is lost");

            await worker.GoDownAsync();

            await Assertions.Expect(log).ToContainTextAsync("is lost");
            await page.CheckWidthAsync();
            await page.CheckAccessibilityAsync();
            await page.ScreenshotAsync("logs-tail");
            (await log.Locator("img").CountAsync()).ShouldBe(0);
        });
    }

    [Fact]
    public async Task Filter_ByLevelAndText_KeepsTheRestAway()
    {
        await using var worker = await FakeWorker.StartAsync();
        await using var scene = await DashboardScene.StartAsync([worker], 1);

        await browser.VisitAsync(scene, "/dashboard#/logs", Look.Wide, async page =>
        {
            var log = page.Page.GetByRole(AriaRole.Log);
            await Assertions.Expect(log).ToContainTextAsync("session open");
            await page.Page.GetByLabel("Least level").SelectOptionAsync("error");
            await Assertions.Expect(log).Not.ToContainTextAsync("session open");
            await page.Page.GetByRole(AriaRole.Searchbox).FillAsync("is lost");

            await worker.GoDownAsync();

            await Assertions.Expect(log.Locator(".log-line").First).ToContainTextAsync("is lost");
            await Assertions.Expect(log).Not.ToContainTextAsync("session");
            page.Page.Url.ShouldContain("level=error");
        });
    }

    [Fact]
    public async Task Pause_WhileLinesAreWritten_HoldsThemUntilItGoesOn()
    {
        await using var worker = await FakeWorker.StartAsync();
        await using var scene = await DashboardScene.StartAsync([worker], 1);

        await browser.VisitAsync(scene, "/dashboard#/logs", Look.Wide, async page =>
        {
            var log = page.Page.GetByRole(AriaRole.Log);
            await Assertions.Expect(log).ToContainTextAsync("session open");
            await page.Page.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();

            await worker.GoDownAsync();

            await Assertions.Expect(page.Page.Locator(".panel-note")).ToContainTextAsync("more wait");
            await Assertions.Expect(log).Not.ToContainTextAsync("is lost");
            await page.Page.GetByRole(AriaRole.Button, new() { Name = "Go on" }).ClickAsync();
            await Assertions.Expect(log).ToContainTextAsync("is lost");
            await page.Page.GetByRole(AriaRole.Button, new() { Name = "Clear" }).ClickAsync();
            await Assertions.Expect(log).Not.ToContainTextAsync("is lost");
        });
    }
}
