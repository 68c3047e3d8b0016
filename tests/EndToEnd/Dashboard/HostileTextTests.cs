using Microsoft.Playwright;
using Shouldly;
using Xunit;

namespace ActorBalancer.EndToEnd.Dashboard;

/// <summary>Hostile texts on every page that shows what comes from workers, tasks and logs: they are text there, and
/// nothing else. A dialog or a breach of the policy fails the visit by itself.</summary>
[Collection(BrowserCollection.Name)]
public sealed class HostileTextTests(BrowserFixture browser, HostileScene hostile) : IClassFixture<HostileScene>
{
    // Everything in the document that is not the application's own.
    private const string FindForeign = """
        () => {
          const own = `${location.origin}/dashboard/assets/`;
          const isOwn = element => (element.src ?? element.href ?? '').startsWith?.(own);
          const found = [...document.querySelectorAll('.hostile')];
          for (const element of document.querySelectorAll(
            'script,link,img,iframe,frame,frameset,object,embed,base,style,video,audio,math,foreignObject,animate,set'))
            if (!isOwn(element)) found.push(element);
          const ours = /^(#|\/dashboard\/|\/docs|\/openapi|\/bull)/;
          const address = /^(href|src|action|formaction|data|xlink:href|srcdoc|background)$/;
          for (const element of document.querySelectorAll('*'))
            for (const { name, value } of element.attributes)
              if (name.startsWith('on') || (address.test(name) && !ours.test(value)))
                found.push(element);
          return found.map(element => element.outerHTML.slice(0, 200));
        }
        """;

    private const string MissingTexts = """
        texts => {
          const shown = document.querySelector('main').textContent;
          return texts.filter(text => !shown.includes(text));
        }
        """;

    [Theory]
    [InlineData("#/overview", null)]
    [InlineData("#/workers", HostileScene.Group)]
    [InlineData("#/queues", HostileScene.Group)]
    [InlineData("#/tasks", HostileScene.Function)]
    [InlineData("#/proxy", null)]
    [InlineData("#/cluster", null)]
    [InlineData("#/actors", null)]
    [InlineData("#/logs", "img class=hostile")]
    [InlineData("#/settings", null)]
    public Task Page_HostileTexts_AreShownAsText(string hash, string? shown) => VisitAsync(hash, async page =>
    {
        if (shown is not null)
            await WaitForTextAsync(page, shown);
        await CheckAsync(page, shown is null ? [] : [shown]);
    });

    [Fact]
    public async Task WorkerPage_ItsTextsAndItsLog_AreShownAsText()
    {
        await VisitAsync("#/workers/" + hostile.WorkerIds[0], async page =>
        {
            await WaitForTextAsync(page, HostileScene.Function);
            await CheckAsync(page, Plain(HostileTexts.All.Take(190)));
            await page.Page.GetByRole(AriaRole.Button, new() { Name = "Fetch the log" }).ClickAsync();
            await page.Page.Locator(".log-lines li").First.WaitForAsync();
            await CheckAsync(page, HostileTexts.Plain);
            await page.GoAsync("#/workers/" + hostile.WorkerIds[1]);
            await WaitForTextAsync(page, "Invalid: it gets no tasks");
            await CheckAsync(page, []);
        });
    }

    [Fact]
    public async Task TryPage_HostileParameters_AreShownAsText() => await VisitAsync("#/try", async page =>
    {
        await page.Page.Locator("select").First.WaitForAsync();
        await page.Page.Locator(".schema-form input, .schema-form select, .schema-form textarea").First.WaitForAsync();
        await CheckAsync(page, Plain(HostileTexts.All.Take(40)));
        foreach (var control in await page.Page.Locator(".schema-form input, .schema-form select").AllAsync())
            await control.FocusAsync();
        await CheckAsync(page, []);
    });

    [Fact]
    public async Task TaskPages_TagsErrorsInputsAndResults_AreShownAsText() => await VisitAsync("#/tasks", async page =>
    {
        for (var i = 0; i < hostile.TaskIds.Count; i++)
        {
            var texts = HostileScene.Pieces[i / 2];
            await page.GoAsync("#/tasks/" + hostile.TaskIds[i]);
            await WaitForTextAsync(page, hostile.TaskIds[i]);
            await CheckAsync(page, Plain(texts));
            await page.Page.GetByRole(AriaRole.Button, new() { Name = "Show the request" }).ClickAsync();
            await page.Page.GetByRole(AriaRole.Button, new() { Name = "Fetch again" }).First.WaitForAsync();
            if (i % 2 == 0)
            {
                await page.Page.GetByRole(AriaRole.Button, new() { Name = "Show the result" }).ClickAsync();
                await page.Page.GetByRole(AriaRole.Button, new() { Name = "Fetch again" }).Nth(1).WaitForAsync();
            }

            await CheckAsync(page, []);
        }
    });

    [Fact]
    public async Task Addresses_HostileTexts_AreShownAsTextOrNotAtAll() => await VisitAsync("#/overview", async page =>
    {
        page.Expect("status of 4");
        foreach (var text in HostileTexts.All.Where((_, index) => index % 6 == 0))
        {
            foreach (var place in new[] { "#/tasks?state=dead&group=", "#/workers/", "#/tasks/", "#/" })
                await page.GoAsync(place + Uri.EscapeDataString(text));
            await CheckAsync(page, []);
        }
    });

    private static string[] Plain(IEnumerable<string> texts) => [.. texts.Intersect(HostileTexts.Plain)];

    private static Task WaitForTextAsync(BrowserPage page, string text) =>
        page.Page.Locator("main").Filter(new() { HasText = text }).First.WaitForAsync();

    private static async Task CheckAsync(BrowserPage page, IEnumerable<string> texts)
    {
        (await page.Page.EvaluateAsync<string[]>(FindForeign)).ShouldBeEmpty(page.Page.Url);
        (await page.Page.EvaluateAsync<string[]>(MissingTexts, texts.ToArray())).ShouldBeEmpty(page.Page.Url);
    }

    private Task VisitAsync(string hash, Func<BrowserPage, Task> visit) =>
        browser.VisitAsync(hostile.Scene, "/dashboard" + hash, Look.Wide, async page =>
        {
            await page.Page.Locator("main h1").WaitForAsync();
            await visit(page);
        });
}
