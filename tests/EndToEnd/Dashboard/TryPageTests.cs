using ActorBalancer.EndToEnd.Balancer;
using ActorBalancer.Testing.Workers;
using Microsoft.Playwright;
using Shouldly;
using Xunit;

namespace ActorBalancer.EndToEnd.Dashboard;

public sealed class TryPageTests(BrowserFixture browser, WorkScene work) : OnePageTests(browser, work)
{
    private const string Path = "/dashboard#/try?group=hello&contract=1&function=hello";

    [Fact]
    public Task Form_WrongValues_SaysWhatIsWrongAtEachFieldAndSendsNothing() =>
        Browser.VisitAsync(Work.Scene, Path, Look.Wide, async page =>
        {
            var sent = 0;
            page.Page.Request += (_, request) => sent += request.Method == "POST" ? 1 : 0;
            await page.Page.GetByLabel("name required").FillAsync("lower");
            await page.Page.GetByLabel("times").FillAsync("9");
            await page.Page.GetByLabel("extra").FillAsync("[1]");

            await page.Button("Send").ClickAsync();

            await page.Page.GetByText("3 fields to put right.").ExpectVisibleAsync();
            var name = page.Page.GetByLabel("name required");
            await Assertions.Expect(name).ToBeFocusedAsync();
            await Assertions.Expect(name).ToHaveAttributeAsync("aria-invalid", "true");
            await Assertions.Expect(name).ToHaveAccessibleDescriptionAsync(new System.Text.RegularExpressions.Regex(
                "Who is greeted.*Must match the pattern"));
            await Assertions.Expect(page.Page.GetByLabel("times")).ToHaveAccessibleDescriptionAsync(
                new System.Text.RegularExpressions.Regex("Must be at most 5"));
            await Assertions.Expect(page.Page.GetByLabel("extra")).ToHaveAccessibleDescriptionAsync(
                new System.Text.RegularExpressions.Regex("Must be an object"));
            sent.ShouldBe(0);
            await page.CheckNoMarkupAsync();
            await page.InspectAtEveryLookAsync("try-faults");
        });

    [Fact]
    public Task Form_Filled_SendsValuesOfTheirTypesAndTheKeyInItsHeader() =>
        Browser.VisitAsync(Work.Scene, Path, Look.Narrow, async page =>
        {
            await page.Page.GetByLabel("name required").FillAsync("Andera");
            await page.Page.GetByLabel("times").FillAsync("3");
            await page.Page.GetByLabel("tone").SelectOptionAsync(WorkScene.Hostile);
            await page.Page.GetByLabel("loud").SelectOptionAsync("true");
            await page.Page.GetByLabel("extra").FillAsync("""{"a":[1,null]}""");
            await page.Page.GetByLabel("Priority").FillAsync("7");
            await page.Page.GetByLabel("Key of the worker").FillAsync(BalancerProcess.WorkerKey);
            var held = Work.Worker.Calls.Count;

            await page.Button("Send").ClickAsync();

            await page.Panel("Answer").ExpectAsync("answered");
            var call = Work.Worker.Calls[held].Json();
            call.GetProperty("input").GetRawText().ShouldBe(
                $$$"""{"name":"Andera","times":3,"tone":"{{{WorkScene.Hostile}}}","loud":true,"extra":{"a":[1,null]}}""");
            call.GetProperty("priority").GetInt32().ShouldBe(7);
            await page.Page.ReloadAsync();
            await Assertions.Expect(page.Page.GetByLabel("Key of the worker")).ToHaveValueAsync("");
        });

    [Fact]
    public Task Form_ModeAsync_LeadsToTheTask() =>
        Browser.VisitAsync(Work.Scene, Path, Look.Wide, async page =>
        {
            await page.Page.GetByLabel("name required").FillAsync("Andera");
            await page.Page.GetByLabel("Send it and go on (async)").CheckAsync();
            await page.Page.GetByLabel("Key of the worker").FillAsync(BalancerProcess.WorkerKey);
            await page.Button("Send").ClickAsync();
            await page.Panel("Answer").ExpectAsync("accepted");

            await page.Link("Open the task").ClickAsync();

            await page.Page.GetByLabel("History of the task").ExpectAsync("Succeeded");
        });

    [Fact]
    public Task Form_TheWorkerFails_ShowsItsWordsAsText() =>
        Browser.VisitAsync(Work.Scene, Path, Look.Wide, async page =>
        {
            Work.Worker.AnswerNext(FakeAnswers.Status(400, $$"""{"error":"Bad {{WorkScene.Hostile}}"}"""));
            page.Expect("status of 400");
            await page.Page.GetByLabel("name required").FillAsync("Andera");
            await page.Page.GetByLabel("Key of the worker").FillAsync(BalancerProcess.WorkerKey);
            await page.Button("Send").ClickAsync();
            await page.Panel("Answer").ExpectAsync($"Bad {WorkScene.Hostile}");
            await page.CheckNoMarkupAsync();
        });
}
