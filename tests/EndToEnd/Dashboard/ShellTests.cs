using System.Text.RegularExpressions;
using ActorBalancer.EndToEnd.Balancer;
using Microsoft.Playwright;
using Shouldly;
using Xunit;

namespace ActorBalancer.EndToEnd.Dashboard;

/// <summary>What all pages of the dashboard stand in: navigation, theme, session and connection.</summary>
[Collection(BrowserCollection.Name)]
public sealed class ShellTests(BrowserFixture browser, HelloScene hello) : IClassFixture<HelloScene>
{
    private static readonly (string Hash, string Title)[] Pages =
    [
        ("#/overview", "Overview"), ("#/proxy", "Proxy"), ("#/cluster", "Cluster"), ("#/actors", "Actors"),
        ("#/logs", "Logs"), ("#/settings", "Settings"),
    ];

    [Fact]
    public async Task Pages_AtEveryLook_AreNamedFitAndHaveNoFaults()
    {
        (await hello.Scene.Balancer.PostTaskAsync("""{"name":"Ada"}""")).Dispose();

        await browser.VisitAsync(hello.Scene, "/dashboard", Look.Wide, async page =>
        {
            foreach (var (hash, title) in Pages)
            {
                await page.GoAsync(hash);
                await Assertions.Expect(page.Page.GetByRole(AriaRole.Heading, new() { Level = 1 }))
                    .ToHaveTextAsync(title);
                await Assertions.Expect(page.Page).ToHaveTitleAsync(new Regex($"^{title} · .+ · ActorBalancer$"));
                await Assertions.Expect(page.Page.Locator(".panel").First).ToBeVisibleAsync();
                await Assertions.Expect(page.Page.Locator(".nav [aria-current=page]"))
                    .ToHaveAttributeAsync("href", hash);
                await page.InspectAtEveryLookAsync(title.ToLowerInvariant());
            }
        });
    }

    [Fact]
    public async Task Navigation_OnANarrowScreen_OpensClosesAndLeadsByKeyboard()
    {
        await browser.VisitAsync(hello.Scene, "/dashboard#/overview", Look.Narrow, async page =>
        {
            var links = page.Page.GetByRole(AriaRole.Navigation);
            var menu = page.Page.GetByRole(AriaRole.Button, new() { Name = "Pages" });
            await Assertions.Expect(links).ToBeHiddenAsync();
            await menu.FocusAsync();
            await page.Page.Keyboard.PressAsync("Enter");
            await Assertions.Expect(links).ToBeVisibleAsync();
            await page.CheckAccessibilityAsync();
            await page.Page.Keyboard.PressAsync("Escape");
            await Assertions.Expect(links).ToBeHiddenAsync();
            await Assertions.Expect(menu).ToBeFocusedAsync();

            await page.Page.Keyboard.PressAsync("Enter");
            await links.GetByRole(AriaRole.Link, new() { Name = "Actors" }).FocusAsync();
            await page.Page.Keyboard.PressAsync("Enter");

            await Assertions.Expect(page.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToBeFocusedAsync();
            await Assertions.Expect(links).ToBeHiddenAsync();
            page.Page.Url.ShouldEndWith("#/actors");
        });
    }

    [Fact]
    public async Task Skip_AsTheFirstKey_LeadsToTheContent()
    {
        await browser.VisitAsync(hello.Scene, "/dashboard#/overview", Look.Wide, async page =>
        {
            await Assertions.Expect(page.Page.Locator(".cards")).ToBeVisibleAsync();
            await page.Page.Keyboard.PressAsync("Tab");
            await Assertions.Expect(page.Page.GetByRole(AriaRole.Link, new() { Name = "Skip to the content" }))
                .ToBeFocusedAsync();
            await page.Page.Keyboard.PressAsync("Enter");

            await Assertions.Expect(page.Page.GetByRole(AriaRole.Main)).ToBeFocusedAsync();
            page.Page.Url.ShouldEndWith("#/overview");
        });
    }

    [Fact]
    public async Task Theme_Chosen_StaysOverALoad()
    {
        const string Dark = "rgb(13, 17, 23)";
        await browser.VisitAsync(hello.Scene, "/dashboard#/overview", Look.Wide, async page =>
        {
            await page.Page.GetByRole(AriaRole.Button, new() { Name = "Theme: as the system" }).ClickAsync();
            await page.Page.GetByRole(AriaRole.Button, new() { Name = "Theme: light" }).ClickAsync();
            await Assertions.Expect(page.Page.GetByRole(AriaRole.Button, new() { Name = "Theme: dark" }))
                .ToBeVisibleAsync();
            await Assertions.Expect(page.Page.Locator("body")).ToHaveCSSAsync("background-color", Dark);
            await page.Page.ReloadAsync();

            await Assertions.Expect(page.Page.GetByRole(AriaRole.Button, new() { Name = "Theme: dark" }))
                .ToBeVisibleAsync();
            await Assertions.Expect(page.Page.Locator("body")).ToHaveCSSAsync("background-color", Dark);
        });
    }

    [Theory]
    [InlineData("overview", ".cards")] // Its event stream is another one: the new stream is refused.
    [InlineData("settings", ".setting-name")] // The stream stays: the file of the next page is refused.
    public async Task Session_Gone_LeadsToTheLoginAndBack(string from, string sign)
    {
        await browser.VisitAsync(hello.Scene, $"/dashboard#/{from}", Look.Wide, async page =>
        {
            page.Expect("status of 401");
            await Assertions.Expect(page.Page.Locator(sign).First).ToBeVisibleAsync();
            await page.Page.Context.ClearCookiesAsync();
            await page.GoAsync("#/actors");
            await page.ArriveAsync("/dashboard/login?next=");

            await page.Page.GetByLabel("key").FillAsync(BalancerProcess.Key);
            await page.Page.Keyboard.PressAsync("Enter");

            await page.ArriveAsync("/dashboard#/actors");
            await Assertions.Expect(page.Page.GetByText("/user", new() { Exact = true })).ToBeVisibleAsync();
        });
    }

    [Fact]
    public async Task Logout_Clicked_EndsTheSession()
    {
        await browser.VisitAsync(hello.Scene, "/dashboard#/overview", Look.Narrow, async page =>
        {
            await page.Page.GetByRole(AriaRole.Button, new() { Name = "Log out" }).ClickAsync();
            await page.ArriveAsync("/dashboard/login");

            await page.OpenAsync(hello.Scene.Url("/dashboard"));
            page.Page.Url.ShouldContain("/dashboard/login");
        });
    }

    [Fact]
    public async Task Balancer_Gone_IsSaidByABanner()
    {
        await using var scene = await DashboardScene.StartAsync();

        await browser.VisitAsync(scene, "/dashboard#/overview", Look.Wide, async page =>
        {
            page.Expect("net::ERR_");
            await Assertions.Expect(page.Page.Locator(".node-state")).ToHaveTextAsync("ready");
            await Assertions.Expect(page.Page.GetByText("Connection lost")).ToBeHiddenAsync();

            await scene.Balancer.KillAsync();

            await Assertions.Expect(page.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Connection lost");
            await Assertions.Expect(page.Page.GetByRole(AriaRole.Button, new() { Name = "Try now" }))
                .ToBeVisibleAsync();
            await page.CheckAccessibilityAsync();
        });
    }
}
