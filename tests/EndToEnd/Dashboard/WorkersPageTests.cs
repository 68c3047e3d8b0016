using System.Collections.Concurrent;
using ActorBalancer.EndToEnd.Balancer;
using ActorBalancer.EndToEnd.Tasks;
using Microsoft.Playwright;
using Shouldly;
using Xunit;

namespace ActorBalancer.EndToEnd.Dashboard;

public sealed class WorkersPageTests(BrowserFixture browser, WorkScene work) : OnePageTests(browser, work)
{
    [Fact]
    public Task Workers_OneIsInvalid_ShowsTheReasonAndEveryDifference() =>
        Browser.VisitAsync(Work.Scene, "/dashboard#/workers", Look.Wide, async page =>
        {
            var row = page.Row(Work.Odd.Url);
            await row.ExpectAsync("invalid");
            await row.ExpectAsync("is missing here, the contract's interface has it");
            await page.Row(Work.Worker.Url).ExpectAsync($"note: {WorkScene.Hostile}");
            await page.InspectAtEveryLookAsync("workers");

            await page.Link(Work.Odd.Url).ClickAsync();

            var differences = page.Panel("Invalid: it gets no tasks");
            await differences.ExpectAsync("function hello, parameter times, max");
            await differences.ExpectAsync($"function {WorkScene.Hostile}");
            await page.CheckNoMarkupAsync();
            await page.InspectAtEveryLookAsync("worker-invalid");
        });

    [Fact]
    public Task Workers_Filter_KeepsWhatMatchesAndStandsInTheAddress() =>
        Browser.VisitAsync(Work.Scene, "/dashboard#/workers?status=invalid", Look.Wide, async page =>
        {
            await page.Row(Work.Odd.Url).ExpectVisibleAsync();
            await Assertions.Expect(page.Row(Work.Worker.Url)).ToHaveCountAsync(0);

            await page.Page.GetByLabel("Status").SelectOptionAsync("");
            await page.Page.GetByLabel("Address, group, tag or function").FillAsync("NORTH");

            await page.Row(Work.Worker.Url).ExpectVisibleAsync();
            await Assertions.Expect(page.Row(Work.Odd.Url)).ToHaveCountAsync(0);
            page.Page.Url.ShouldEndWith("#/workers?q=NORTH");
        });

    [Fact]
    public Task Worker_Log_IsFetchedOnDemandAndFiltered() =>
        Browser.VisitAsync(Work.Scene, "/dashboard#/workers", Look.Wide, async page =>
        {
            var asked = new ConcurrentQueue<string>();
            page.Page.Request += (_, request) => asked.Enqueue(request.Url);
            await page.Link(Work.Worker.Url).ClickAsync();
            await page.Panel("Functions").ExpectAsync("Who is greeted");
            asked.ShouldNotContain(url => url.EndsWith("/logs", StringComparison.Ordinal));

            await page.Button("Fetch the log").ClickAsync();

            var lines = page.Page.GetByLabel("Log lines, oldest first").GetByRole(AriaRole.Listitem);
            await Assertions.Expect(lines).ToHaveTextAsync(Work.Worker.Logs);
            asked.ShouldContain(url => url.EndsWith("/logs", StringComparison.Ordinal));
            await page.Page.GetByLabel("Filter lines").FillAsync("greeted");
            await Assertions.Expect(lines).ToHaveCountAsync(1);
            await page.Page.GetByText("1 of 2 lines match").ExpectVisibleAsync();
        });

    [Fact]
    public Task Worker_DrainThenOn_AsksFirstAndNeedsNoKey() =>
        Browser.VisitAsync(Work.Scene, "/dashboard#/workers", Look.Narrow, async page =>
        {
            await page.Link(Work.Odd.Url).ClickAsync();
            await page.Button("Drain").ClickAsync();
            await page.Answer("Cancel").ClickAsync();
            (await IsDrainingAsync()).ShouldBeFalse();

            await page.Button("Drain").ClickAsync();
            await page.Answer("Drain").ClickAsync();

            await page.ExpectToastAsync($"{Work.Odd.Url} drains");
            await page.Page.GetByText("It drains: running tasks end").ExpectVisibleAsync();
            (await IsDrainingAsync()).ShouldBeTrue();

            await page.Button("Switch on").ClickAsync();
            await page.Answer("Switch on").ClickAsync();

            await page.ExpectToastAsync("switched on");
            (await IsDrainingAsync()).ShouldBeFalse();
        });

    [Fact]
    public Task Worker_OffWithoutItsKey_ExplainsWhereItBelongsAndTakesItOnce() =>
        Browser.VisitAsync(Work.Scene, "/dashboard#/workers", Look.Narrow, async page =>
        {
            page.Expect("status of 409");
            await page.Link(Work.Odd.Url).ClickAsync();
            await page.Button("Switch off").ClickAsync();
            await page.InspectAsync("worker-key");
            await page.Answer("Switch off").ClickAsync();
            await page.Page.GetByRole(AriaRole.Dialog).ExpectAsync("The key of this worker is missing");
            await page.Page.GetByRole(AriaRole.Dialog).ExpectAsync("\"authKey\"");
            await page.Answer("Understood").ClickAsync();

            await page.Button("Switch off").ClickAsync();
            await page.Page.GetByLabel("Key of the worker").FillAsync(BalancerProcess.WorkerKey);
            await page.Answer("Switch off").ClickAsync();

            await page.ExpectToastAsync("switched off");
            Work.Odd.Health.Status.ShouldBe("maintenance");
        });

    [Fact]
    public Task Worker_NotKnown_SaysSo() =>
        Browser.VisitAsync(Work.Scene, "/dashboard#/workers/aHR0cDovL2V4YW1wbGU", Look.Wide, async page =>
        {
            await page.Page.GetByText("This worker is not known").ExpectVisibleAsync();
            await Assertions.Expect(page.Button("Fetch the log")).ToBeHiddenAsync();
        });

    private async Task<bool> IsDrainingAsync() => (await Work.Balancer.GetAsync("/workers")).Json.GetProperty("workers")
        .EnumerateArray().Single(worker => worker.GetProperty("url").ValueEquals(Work.Odd.Url))
        .GetProperty("draining").GetBoolean();
}
