using System.Text.RegularExpressions;
using ActorBalancer.EndToEnd.Proxy;
using ActorBalancer.Testing.Workers;
using Microsoft.Playwright;
using Shouldly;
using Xunit;

namespace ActorBalancer.EndToEnd.Dashboard;

/// <summary>The page of the proxy: what it shows of pools, and orders by its buttons.</summary>
[Collection(BrowserCollection.Name)]
public sealed class ProxyPageTests(BrowserFixture browser)
{
    [Theory]
    [InlineData(1440, false)]
    [InlineData(390, true)]
    public async Task Drain_ByButton_TakesTheBackendOutAndBackIn(int width, bool isDark)
    {
        using var folder = new TemporaryFolder();
        await using var first = await TestSite.StartAsync("first");
        await using var second = await TestSite.StartAsync("second");
        var port = FreePort.Next();
        await File.WriteAllTextAsync(folder.Combine("proxy.conf"), $$"""
            actorbalancer.proxy.pools.shop {
              listen { port = {{port}}, address = 127.0.0.1 }
              backends { one { url = "{{first.Url}}" }, two { url = "{{second.Url}}" } }
            }
            """);
        await using var scene = await DashboardScene.StartAsync([], 0, ("HOCON_FILE", folder.Combine("proxy.conf")));
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };

        await browser.VisitAsync(scene, "/dashboard#/proxy", new Look(width, isDark), async page =>
        {
            var two = page.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = second.Url });
            await Assertions.Expect(page.Page.GetByText("healthy", new() { Exact = true })).ToHaveCountAsync(2);
            await GiveAsync(page, "Drain: backend two of pool shop", "Drain backend");
            await Assertions.Expect(two).ToContainTextAsync(new Regex("drain"));
            await Assertions.Expect(page.Page.Locator(".toasts")).ToContainTextAsync("Backend two of shop drains.");

            for (var i = 0; i < 4; i++)
                (await http.GetStringAsync("/x")).ShouldStartWith("first");

            await page.ScreenshotAsync("proxy-drained");
            await page.CheckAccessibilityAsync();
            await GiveAsync(page, "Up: backend two of pool shop", "Bring up");
            await Assertions.Expect(two.GetByText("active", new() { Exact = true })).ToBeVisibleAsync();
        });
    }

    [Fact]
    public async Task Order_DeniedInTheDialog_IsNotGiven()
    {
        using var folder = new TemporaryFolder();
        await using var site = await TestSite.StartAsync("site");
        await File.WriteAllTextAsync(folder.Combine("proxy.conf"), $$"""
            actorbalancer.proxy.pools.shop {
              listen { port = 0, address = 127.0.0.1 }
              backends { one { url = "{{site.Url}}" } }
            }
            """);
        await using var scene = await DashboardScene.StartAsync([], 0, ("HOCON_FILE", folder.Combine("proxy.conf")));

        await browser.VisitAsync(scene, "/dashboard#/proxy", Look.Wide, async page =>
        {
            var down = page.Page.GetByRole(AriaRole.Button, new() { Name = "Down: backend one of pool shop" });
            await down.ClickAsync();
            await page.CheckAccessibilityAsync();
            await page.Page.Keyboard.PressAsync("Escape");

            await Assertions.Expect(page.Page.GetByRole(AriaRole.Dialog)).ToBeHiddenAsync();
            await Assertions.Expect(down).ToBeFocusedAsync();
            var pool = (await scene.Balancer.CallAsync(HttpMethod.Get, "/proxy")).Json.GetProperty("pools")[0];
            pool.GetProperty("backends")[0].GetProperty("state").GetString().ShouldBe("active");
        });
    }

    private static async Task GiveAsync(BrowserPage page, string order, string confirm)
    {
        await page.Page.GetByRole(AriaRole.Button, new() { Name = order }).ClickAsync();
        await page.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = confirm }).ClickAsync();
    }
}
