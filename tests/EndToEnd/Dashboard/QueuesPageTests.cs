using ActorBalancer.EndToEnd.Tasks;
using Microsoft.Playwright;
using Shouldly;
using Xunit;

namespace ActorBalancer.EndToEnd.Dashboard;

public sealed class QueuesPageTests(BrowserFixture browser, WorkScene work) : OnePageTests(browser, work)
{
    [Fact]
    public async Task Bull_OpensTheQueues_WithCountsThatLeadToTheTasks()
    {
        var id = await Work.SubmitDeadAsync("counted");
        await Browser.VisitAsync(Work.Scene, "/bull", Look.Wide, async page =>
        {
            await page.Page.GetByRole(AriaRole.Heading, new() { Name = "Queues", Exact = true }).ExpectVisibleAsync();
            page.Page.Url.ShouldEndWith("/bull#/queues");
            await page.Row("hello / 1").ExpectAsync("active");
            await page.InspectAtEveryLookAsync("bull");

            await page.Row("hello / 1").GetByRole(AriaRole.Cell).Nth(6).GetByRole(AriaRole.Link).ClickAsync();

            await page.Row(id).ExpectAsync("dead");
            page.Page.Url.ShouldEndWith("#/tasks?state=dead&group=hello&contract=1");
        });
    }

    [Fact]
    public Task Queue_PausedForAnHour_SaysUntilWhen() =>
        Browser.VisitAsync(Work.Scene, "/dashboard#/queues", Look.Wide, async page =>
        {
            await Work.Balancer.EndOfAsync(await Work.SubmitAsync("first"), "succeeded");
            await page.Button("Pause hello / 1").ClickAsync();
            await page.Page.GetByLabel("For how long").SelectOptionAsync("1 hour");
            await page.Answer("Pause").ClickAsync();
            await page.Row("hello / 1").ExpectAsync("until 2");
            var queue = (await Work.Balancer.GetAsync("/queues")).Json.GetProperty("queues")[0];
            queue.GetProperty("pausedUntil").GetString().ShouldNotBeNull();
            await page.Button("Resume hello / 1").ClickAsync();
            await page.Row("hello / 1").ExpectAsync("active");
        });

    [Fact]
    public async Task Queue_Purged_CancelsWhatWaitsAfterAQuestionThatCounts()
    {
        await Work.Balancer.EndOfAsync(await Work.SubmitAsync("before"), "succeeded");
        await using var pause = await Work.PauseAsync();
        var ids = await Task.WhenAll(Work.SubmitAsync("purged"), Work.SubmitAsync("purged"));
        await Browser.VisitAsync(Work.Scene, "/dashboard#/queues", Look.Narrow, async page =>
        {
            await page.Button("Purge hello / 1").ClickAsync();
            await page.Page.GetByLabel("Queued (2)").ExpectVisibleAsync();
            await page.InspectAsync("queue-purge");
            await page.Answer("Cancel tasks").ClickAsync();
            await page.ExpectToastAsync("2 tasks of hello / 1 cancelled.");
        });
        foreach (var id in ids)
            await Work.Balancer.EndOfAsync(id, "cancelled");
    }
}
