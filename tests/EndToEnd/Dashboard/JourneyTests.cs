using ActorBalancer.EndToEnd.Balancer;
using ActorBalancer.EndToEnd.Tasks;
using ActorBalancer.Testing.Workers;
using Microsoft.Playwright;
using Shouldly;
using Xunit;

namespace ActorBalancer.EndToEnd.Dashboard;

/// <summary>A night with the dashboard: one visit, from the login on, without loading the page anew.</summary>
[Collection(BrowserCollection.Name)]
public sealed class JourneyTests(BrowserFixture browser, WorkScene work) : IClassFixture<WorkScene>
{
    [Theory]
    [MemberData(nameof(Look.All), MemberType = typeof(Look))]
    public async Task Visit_AllThatAnOperatorDoes_Works(int width, bool isDark)
    {
        var look = new Look(width, isDark);
        await browser.VisitAsStrangerAsync(look, async page =>
        {
            await LogInAsync(page);
            await page.Page.EvaluateAsync("window.isSame = true");
            await WatchATaskAsync(page, $"watched-{look}");
            await PauseAndResumeAsync(page);
            await RetryADeadTaskAsync(page, $"dead-{look}");
            await TryAFunctionAsync(page);
            await ReadALogAsync(page);
            (await page.Page.EvaluateAsync<bool>("window.isSame === true")).ShouldBeTrue();
            await page.CheckNoMarkupAsync();
        });
    }

    private async Task LogInAsync(BrowserPage page)
    {
        await page.OpenAsync(work.Scene.Url("/dashboard"));
        await page.Page.GetByLabel("key").FillAsync(BalancerProcess.Key);
        await page.Page.Keyboard.PressAsync("Enter");
        await page.Page.GetByRole(AriaRole.Heading, new() { Name = "Overview" }).ExpectVisibleAsync();
    }

    private async Task WatchATaskAsync(BrowserPage page, string tag)
    {
        await page.GoAsync($"#/tasks?tag={tag}");
        await page.Page.GetByText("No task matches").ExpectVisibleAsync();
        work.Worker.AnswerNext(FakeAnswers.Held);

        var id = await work.SubmitAsync(tag);
        var call = await work.CallOfAsync(id);

        // It comes by itself.
        await page.Row(id).ExpectAsync("running");
        await page.Link(id).ClickAsync();
        await page.Panel(id).ExpectAsync("running");
        await page.Panel("History").ExpectAsync("Live");
        await page.ScreenshotAsync("task-running");
        call.Release();
        await page.Panel(id).ExpectAsync("succeeded");
        await page.Page.GetByLabel("History of the task").ExpectAsync("Succeeded");
    }

    private async Task PauseAndResumeAsync(BrowserPage page)
    {
        await page.GoAsync("#/queues");
        await page.Button("Pause hello / 1").ClickAsync();
        await page.Answer("Pause").ClickAsync();
        await page.ExpectToastAsync("hello / 1 is paused.");
        await page.Row("hello / 1").ExpectAsync("paused");
        (await QueueAsync()).ShouldBeTrue();
        await page.InspectAsync("queues");

        await page.Button("Resume hello / 1").ClickAsync();

        await page.Row("hello / 1").ExpectAsync("active");
        (await QueueAsync()).ShouldBeFalse();
    }

    private async Task<bool> QueueAsync() =>
        (await work.Balancer.GetAsync("/queues")).Json.GetProperty("queues")[0].GetProperty("paused").GetBoolean();

    private async Task RetryADeadTaskAsync(BrowserPage page, string tag)
    {
        var id = await work.SubmitDeadAsync(tag, $"No way: {WorkScene.Hostile}");
        await page.GoAsync($"#/tasks?state=dead&tag={tag}");
        await page.Link(id).ClickAsync();
        await page.Page.GetByLabel("History of the task").ExpectAsync(WorkScene.Hostile);
        await page.ScreenshotAsync("task-dead");

        // The worker is mended meanwhile: it answers well again.
        await page.Button("Retry").ClickAsync();

        await page.Panel(id).ExpectAsync("succeeded");
        await work.Balancer.EndOfAsync(id, "succeeded");
    }

    private async Task TryAFunctionAsync(BrowserPage page)
    {
        work.Worker.AnswerNext(FakeAnswers.Json(
            $$$"""{"success":true,"result":{"said":"{{{WorkScene.Hostile}}}"}}"""));
        await page.GoAsync("#/workers");
        await page.Link(work.Worker.Url).ClickAsync();
        await page.Link("Try hello").ClickAsync();
        await page.Page.GetByLabel("name required").FillAsync("Andera");
        await page.Page.GetByLabel("Key of the worker").FillAsync(BalancerProcess.WorkerKey);

        await page.Button("Send").ClickAsync();

        await page.Panel("Answer").ExpectAsync(WorkScene.Hostile);
        await page.Link("Open the task").ExpectVisibleAsync();
        await page.InspectAsync("try");
    }

    private async Task ReadALogAsync(BrowserPage page)
    {
        await page.GoAsync("#/workers");
        await page.Link(work.Worker.Url).ClickAsync();
        await page.Button("Fetch the log").ClickAsync();

        await page.Page.GetByLabel("Log lines, oldest first").ExpectAsync(WorkScene.Hostile);
        await page.InspectAsync("worker");
    }
}
