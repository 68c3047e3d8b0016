using ActorBalancer.EndToEnd.Balancer;
using Microsoft.Playwright;
using Shouldly;
using Xunit;

namespace ActorBalancer.EndToEnd.Dashboard;

/// <summary>The way into the dashboard, as people go it.</summary>
[Collection(BrowserCollection.Name)]
public sealed class LoginTests(BrowserFixture browser, HelloScene hello) : IClassFixture<HelloScene>
{
    [Theory]
    [MemberData(nameof(Look.All), MemberType = typeof(Look))]
    public async Task Login_WrongThenRightKey_OpensThePageThatWasAskedFor(int width, bool isDark)
    {
        await browser.VisitAsStrangerAsync(new Look(width, isDark), async page =>
        {
            page.Expect("status of 401");
            await page.OpenAsync(hello.Scene.Url("/bull"));
            page.Page.Url.ShouldEndWith("/dashboard/login?next=%2Fbull");
            await Assertions.Expect(page.Page.GetByLabel("key")).ToBeFocusedAsync();
            await page.Page.Keyboard.TypeAsync("no-key");
            await page.Page.Keyboard.PressAsync("Enter");
            await Assertions.Expect(page.Page.GetByRole(AriaRole.Alert))
                .ToHaveTextAsync("That is not this balancer's key.");
            await page.CheckAccessibilityAsync();
            await page.CheckWidthAsync();
            await page.ScreenshotAsync("login");

            await page.Page.Keyboard.TypeAsync(BalancerProcess.Key);
            await page.Page.Keyboard.PressAsync("Enter");

            await page.ArriveAsync("/bull");
        });
    }
}
