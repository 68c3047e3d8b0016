using System.Collections.Concurrent;
using ActorBalancer.EndToEnd.Tasks;
using ActorBalancer.Testing.Workers;
using Microsoft.Playwright;
using Shouldly;
using Xunit;

namespace ActorBalancer.EndToEnd.Dashboard;

public sealed class TasksPageTests(BrowserFixture browser, WorkScene work) : OnePageTests(browser, work)
{
    [Fact]
    public async Task Tasks_HostileTagsAndErrors_ShowAsText()
    {
        var id = await Work.SubmitDeadAsync(WorkScene.Hostile, WorkScene.Hostile);
        await Browser.VisitAsync(Work.Scene, "/dashboard#/tasks?state=dead", Look.Wide, async page =>
        {
            await page.Row(id).ExpectAsync(WorkScene.Hostile);
            await page.InspectAtEveryLookAsync("tasks");

            await page.Link(id).ClickAsync();

            await page.Page.GetByLabel("History of the task").ExpectAsync(WorkScene.Hostile);
            await page.CheckNoMarkupAsync();
            await page.InspectAtEveryLookAsync("task");
        });
    }

    [Fact]
    public async Task Tasks_Filter_StandsInTheAddressAndSurvivesAReload()
    {
        var id = await Work.SubmitDeadAsync("kept");
        await Work.SubmitDeadAsync("other");
        await Browser.VisitAsync(Work.Scene, "/dashboard#/tasks", Look.Wide, async page =>
        {
            var filter = page.Page.GetByRole(AriaRole.Form, new() { Name = "Filter" });
            await filter.GetByLabel("State").SelectOptionAsync("dead");
            await filter.GetByLabel("Tag").FillAsync("kept");
            await page.Page.Keyboard.PressAsync("Enter");
            await Assertions.Expect(page.Row("other")).ToHaveCountAsync(0);
            page.Page.Url.ShouldEndWith("#/tasks?state=dead&tag=kept");

            await page.Page.ReloadAsync();

            await page.Row(id).ExpectVisibleAsync();
            await Assertions.Expect(page.Row("other")).ToHaveCountAsync(0);
            await page.Page.GetByLabel("Task id").FillAsync(id);
            await page.Page.Keyboard.PressAsync("Enter");
            await page.Panel(id).ExpectAsync("dead");
        });
    }

    [Fact]
    public async Task Tasks_MoreThanAPage_AreShownOnDemandAndCancelledTogether()
    {
        await using var pause = await Work.PauseAsync();
        await Work.Balancer.SubmitManyAsync(Enumerable.Repeat(TaskCalls.Body("\"tags\":[\"many\"]"), 60));
        await Browser.VisitAsync(Work.Scene, "/dashboard#/tasks?tag=many", Look.Narrow, async page =>
        {
            await page.Page.GetByText("50 shown, there are more").ExpectVisibleAsync();
            await page.Button("Show more").ClickAsync();
            await page.Page.GetByText("60 shown, that is all").ExpectVisibleAsync();

            await page.Page.GetByLabel("State").SelectOptionAsync("queued");
            await page.Button("Cancel all").ClickAsync();
            await page.Page.GetByRole(AriaRole.Dialog).ExpectAsync("state queued, tag \"many\"");
            await page.Answer("Cancel 60 tasks").ClickAsync();
            await page.ExpectToastAsync("60 tasks cancelled.");
        });
    }

    [Fact]
    public async Task Tasks_RetryAllThatMatch_RunAgainAndOthersDoNot()
    {
        var ids = new[] { await Work.SubmitDeadAsync("again"), await Work.SubmitDeadAsync("again") };
        var other = await Work.SubmitDeadAsync("left");
        await Browser.VisitAsync(Work.Scene, "/dashboard#/tasks?state=dead&tag=again", Look.Wide, async page =>
        {
            await page.Row(ids[0]).ExpectAsync("dead");
            await page.Button("Retry all").ClickAsync();
            await page.Answer("Retry 2 tasks").ClickAsync();
            await page.ExpectToastAsync("2 tasks retried.");
            await page.Page.GetByText("No task matches").ExpectVisibleAsync();
        });
        foreach (var id in ids)
            await Work.Balancer.EndOfAsync(id, "succeeded");
        await Work.Balancer.EndOfAsync(other, "dead");
    }

    [Fact]
    public async Task Tasks_DeleteAllThatMatch_AreForgotten()
    {
        var id = await Work.SubmitDeadAsync("useless");
        await Browser.VisitAsync(Work.Scene, "/dashboard#/tasks?state=dead&tag=useless", Look.Wide, async page =>
        {
            await page.Button("Delete all").ClickAsync();
            await page.Answer("Delete 1 task").ClickAsync();
            await page.ExpectToastAsync("1 task deleted.");
            page.Expect("status of 410");
            await page.GoAsync($"#/tasks/{id}");
            await page.Page.GetByText("This task is gone").ExpectVisibleAsync();
        });
    }

    [Fact]
    public async Task Task_RequestAndResult_AreFetchedOnDemandOnly()
    {
        const string Secret = "top-secret-7";
        Work.Worker.AnswerNext(FakeAnswers.Json(
            $$$"""{"success":true,"result":{"text":"{{{Secret}}} {{{WorkScene.Hostile}}}"}}"""));
        var id = await Work.SubmitAsync("private", input: $$"""{"name":"{{Secret}}"}""");
        await Work.Balancer.EndOfAsync(id, "succeeded");
        await Browser.VisitAsync(Work.Scene, "/dashboard", Look.Narrow, async page =>
        {
            var bodies = new ConcurrentQueue<Task<string>>();
            page.Page.RequestFinished += (_, request) =>
            {
                if (new Uri(request.Url).AbsolutePath.StartsWith("/task", StringComparison.Ordinal))
                    bodies.Enqueue(TextAsync(request));
            };
            await page.GoAsync($"#/tasks/{id}");
            await page.Panel(id).ExpectAsync("succeeded");
            (await Task.WhenAll(bodies)).ShouldAllBe(body => !body.Contains(Secret, StringComparison.Ordinal));
            bodies.ShouldNotBeEmpty();

            await page.Button("Show the result").ClickAsync();
            await page.Panel("Result").ExpectAsync($"{Secret} {WorkScene.Hostile}");
            await page.Button("Show the request").ClickAsync();
            await page.Panel("Request").ExpectAsync(Secret);
            await page.Panel("Result").GetByRole(AriaRole.Button, new() { Name = "Text" }).ClickAsync();
            await page.Page.GetByLabel("Result as text").ExpectAsync(WorkScene.Hostile);
            await page.CheckNoMarkupAsync();
            await page.InspectAsync("task-result");
        });
    }

    [Fact]
    public async Task Task_CancelledWhileItRuns_EndsOnItsPage()
    {
        Work.Worker.AnswerNext(FakeAnswers.Hang);
        var id = await Work.SubmitAsync("hanging");
        await Browser.VisitAsync(Work.Scene, $"/dashboard#/tasks/{id}", Look.Wide, async page =>
        {
            await page.Panel(id).ExpectAsync("running");
            await page.Button("Cancel task").ClickAsync();
            await page.Answer("Cancel task").ClickAsync();
            await page.Panel(id).ExpectAsync("cancelled");
        });
    }

    private static async Task<string> TextAsync(IRequest request) =>
        await request.ResponseAsync() is { } response ? await response.TextAsync() : "";
}
