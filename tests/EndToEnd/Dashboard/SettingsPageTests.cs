using ActorBalancer.EndToEnd.Balancer;
using Microsoft.Playwright;
using Xunit;

namespace ActorBalancer.EndToEnd.Dashboard;

/// <summary>The pages of settings and of the cluster, on a balancer that runs alone.</summary>
[Collection(BrowserCollection.Name)]
public sealed class SettingsPageTests(BrowserFixture browser, HelloScene hello) : IClassFixture<HelloScene>
{
    [Fact]
    public async Task Settings_Filtered_ShowTheOneThatWasAskedForAndNoSecret()
    {
        await browser.VisitAsync(hello.Scene, "/dashboard#/settings", Look.Narrow, async page =>
        {
            var key = page.Page.GetByRole(AriaRole.Row).Filter(
                new() { Has = page.Page.GetByText("LB_AUTH_KEY", new() { Exact = true }) });
            await Assertions.Expect(key).ToContainTextAsync("set, hidden");
            await Assertions.Expect(page.Page.Locator("body")).Not.ToContainTextAsync(BalancerProcess.Key);

            await page.Page.GetByRole(AriaRole.Searchbox).FillAsync("task_timeout");

            await Assertions.Expect(page.Page.GetByText("TASK_TIMEOUT", new() { Exact = true })).ToBeVisibleAsync();
            await Assertions.Expect(key).ToBeHiddenAsync();
        });
    }

    [Fact]
    public async Task Cluster_OfOne_ShowsTheNodeAndLeadsToItsWorker()
    {
        await browser.VisitAsync(hello.Scene, "/dashboard#/cluster", Look.Wide, async page =>
        {
            await Assertions.Expect(page.Page.GetByRole(AriaRole.Table, new() { Name = "Nodes" }))
                .ToContainTextAsync("(this one)");
            var worker = page.Page.GetByRole(AriaRole.Table, new() { Name = "Who owns what" })
                .GetByRole(AriaRole.Link).First;
            var url = await worker.InnerTextAsync();

            await worker.ClickAsync();

            await Assertions.Expect(page.Page.GetByRole(AriaRole.Main)).ToContainTextAsync(url);
        });
    }
}
