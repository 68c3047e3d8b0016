using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Shouldly;
using Xunit;

namespace ActorBalancer.EndToEnd.Dashboard;

/// <summary>The page of the live actor tree.</summary>
[Collection(BrowserCollection.Name)]
public sealed class ActorsPageTests(BrowserFixture browser, HelloScene hello) : IClassFixture<HelloScene>
{
    [Theory]
    [InlineData(1440, true)]
    [InlineData(390, false)]
    public async Task Branch_Opened_ShowsItsChildrenAndFoldsAgain(int width, bool isDark)
    {
        await browser.VisitAsync(hello.Scene, "/dashboard#/actors", new Look(width, isDark), async page =>
        {
            var worker = page.Page.Locator("[data-path^='/user/workers/']");
            var twig = page.Page.GetByRole(
                AriaRole.Button, new() { Name = "Children of /user/workers", Exact = true });
            await Assertions.Expect(twig).ToHaveAttributeAsync("aria-expanded", "false");
            (await worker.CountAsync()).ShouldBe(0);

            await twig.PressAsync("Enter");
            await Assertions.Expect(worker.First).ToBeVisibleAsync();
            await Assertions.Expect(twig).ToHaveAttributeAsync("aria-expanded", "true");
            await Assertions.Expect(twig).ToBeFocusedAsync();
            await page.CheckWidthAsync();
            await page.CheckAccessibilityAsync();
            await page.ScreenshotAsync("actors-open");

            await page.Page.GetByRole(AriaRole.Button, new() { Name = "Collapse all" }).ClickAsync();
            await Assertions.Expect(worker).ToHaveCountAsync(0);
        });
    }

    [Fact]
    public async Task Filter_OfAPath_ShowsWhatMatchesAtAnyDepth()
    {
        await browser.VisitAsync(hello.Scene, "/dashboard#/actors", Look.Wide, async page =>
        {
            await page.Page.GetByRole(AriaRole.Searchbox).FillAsync("/user/workers/");

            await Assertions.Expect(page.Page.Locator(".panel-note")).ToContainTextAsync(new Regex("^[1-9][0-9]* of "));
            await Assertions.Expect(page.Page.Locator("[data-path^='/user/workers/']").First).ToBeVisibleAsync();
            await Assertions.Expect(page.Page.Locator("[data-path='/user/queues']")).ToHaveCountAsync(0);
            page.Page.Url.ShouldContain("filter=");
        });
    }
}
