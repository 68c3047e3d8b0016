using ActorBalancer.EndToEnd.Balancer;
using Microsoft.Playwright;
using Shouldly;
using Xunit;

namespace ActorBalancer.EndToEnd.Dashboard;

/// <summary>What a page of somebody else can do in the browser of an operator who is logged in: nothing.</summary>
[Collection(BrowserCollection.Name)]
public sealed class ForeignPageTests(BrowserFixture browser, HelloScene hello) : IClassFixture<HelloScene>
{
    // Another site, another port of the same host (the same site to a cookie), and a page without an origin.
    private static readonly string[] Origins = ["http://evil.example", "http://127.0.0.1:1"];

    private readonly DashboardScene _scene = hello.Scene;

    [Fact]
    public async Task Post_FromAnotherOrigin_ChangesNothing()
    {
        var pause = _scene.Url("/queues/hello/1/pause").AbsoluteUri;
        await _scene.Balancer.CallAsync(
            HttpMethod.Post, "/task", """{"group":"hello","function":"hello","contract":1,"input":{"name":"x"}}""");
        (await PausedAsync()).ShouldBe([false]);

        foreach (var origin in Origins)
        {
            await VisitForeignAsync(origin, "<p>foreign</p>", async (page, answers) =>
            {
                await page.Page.EvaluateAsync(
                    """
                    async pause => {
                      for (const credentials of ['include', 'same-origin'])
                        for (const mode of ['no-cors', 'cors'])
                          await fetch(pause, { method: 'POST', mode, credentials }).catch(() => null);
                    }
                    """,
                    pause);
                await page.Page.RunAndWaitForResponseAsync(
                    () => page.Page.EvaluateAsync("pause => navigator.sendBeacon(pause, 'x')", pause), pause);
                await SubmitAsync(page, pause, target: "aim");
                await SubmitAsync(page, pause, target: "_top");
                await page.ArriveAsync(pause);
                answers.Count.ShouldBeGreaterThanOrEqualTo(4);
                answers.ShouldAllBe(answer => answer == 401 || answer == 403, origin);
            });
            (await PausedAsync()).ShouldBe([false], origin);
        }
    }

    [Fact]
    public async Task Get_FromAnotherOrigin_CannotBeRead()
    {
        foreach (var origin in Origins)
        {
            await VisitForeignAsync(origin, "<p>foreign</p>", async (page, _) =>
            {
                foreach (var path in new[] { "/tasks", "/status", "/config", "/dashboard", "/logs", "/health" })
                {
                    var read = await page.Page.EvaluateAsync<string>(
                        "async url => { try { return await (await fetch(url, { credentials: 'include' })).text(); }"
                            + " catch { return 'refused'; } }",
                        _scene.Url(path).AbsoluteUri);
                    read.ShouldBe("refused", $"{origin} {path}");
                }

                var events = await page.Page.EvaluateAsync<string>(
                    """
                    url => new Promise(resolve => {
                      const source = new EventSource(url, { withCredentials: true });
                      source.onopen = () => resolve('open');
                      source.onerror = () => resolve('refused');
                    })
                    """,
                    _scene.Url("/events").AbsoluteUri);
                events.ShouldBe("refused");
                var socket = await page.Page.EvaluateAsync<string>(
                    """
                    url => new Promise(resolve => {
                      const socket = new WebSocket(url);
                      socket.onopen = () => resolve('open');
                      socket.onerror = () => resolve('refused');
                    })
                    """,
                    _scene.Url("/events").AbsoluteUri.Replace("http://", "ws://", StringComparison.Ordinal));
                socket.ShouldBe("refused");
            });
        }
    }

    [Theory]
    [InlineData("/dashboard")]
    [InlineData("/bull")]
    [InlineData("/dashboard/login")]
    public async Task Frame_OfAnyPage_StaysEmpty(string path)
    {
        foreach (var origin in Origins)
        {
            var html = $"<iframe id=aim src='{_scene.Url(path)}'></iframe>";
            await VisitForeignAsync(origin, html, async (page, _) =>
            {
                await page.Page.Locator("#aim").WaitForAsync();
                var frame = page.Page.Frames.Single(frame => frame.ParentFrame is not null);
                await frame.WaitForLoadStateAsync();
                frame.Url.ShouldStartWith("chrome-error:");
            });
        }
    }

    [Fact]
    public async Task Session_AfterAWalkThroughAllPages_LeavesTheKeyNowhere()
    {
        var addresses = new List<string>();
        await browser.VisitAsStrangerAsync(Look.Wide, async page =>
        {
            page.Page.Request += (_, request) => addresses.Add(
                $"{request.Url} {request.Headers.GetValueOrDefault("referer")} {request.Headers.GetValueOrDefault("authorization")}");
            await page.OpenAsync(_scene.Url("/dashboard"));
            await page.Page.GetByLabel("key").FillAsync(BalancerProcess.Key);
            await page.Page.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();
            await page.Page.Locator("main h1").WaitForAsync();
            foreach (var name in new[] { "workers", "queues", "tasks", "try", "proxy", "cluster", "actors", "logs", "settings" })
            {
                await page.GoAsync("#/" + name);
                await page.Page.Locator("main h1").WaitForAsync();
            }

            var kept = await page.Page.EvaluateAsync<string>(
                """
                () => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href,
                  history.state, document.referrer, performance.getEntries().map(entry => entry.name)])
                """);
            kept.ShouldNotContain(BalancerProcess.Key);
            kept.ShouldNotContain("lb-session");
            (await page.Page.ContentAsync()).ShouldNotContain(BalancerProcess.Key);
            var cookie = (await page.Page.Context.CookiesAsync()).ShouldHaveSingleItem();
            cookie.HttpOnly.ShouldBeTrue();
            cookie.SameSite.ShouldBe(SameSiteAttribute.Strict);
            cookie.Value.ShouldNotContain(BalancerProcess.Key);
        });

        addresses.Count.ShouldBeGreaterThan(10);
        addresses.ShouldAllBe(address => !address.Contains(BalancerProcess.Key));
    }

    // Sends a form from the page, to a frame in it or in its own place.
    private static Task<IResponse> SubmitAsync(BrowserPage page, string address, string target) =>
        page.Page.RunAndWaitForResponseAsync(
            () => page.Page.EvaluateAsync(
                """
                ([action, target]) => {
                  document.body.append(Object.assign(document.createElement('iframe'), { name: 'aim' }));
                  const form = Object.assign(document.createElement('form'), { method: 'post', action, target });
                  document.body.append(form);
                  form.submit();
                }
                """,
                new[] { address, target }),
            address);

    private async Task<bool[]> PausedAsync() =>
        [.. (await _scene.Balancer.CallAsync(HttpMethod.Get, "/queues")).Json.GetProperty("queues").EnumerateArray()
            .Select(queue => queue.GetProperty("paused").GetBoolean())];

    // Opens a page of another origin in the browser of somebody who is logged in, and collects what the balancer
    // answered to it.
    private Task VisitForeignAsync(string origin, string html, Func<BrowserPage, List<int>, Task> visit) =>
        browser.VisitAsStrangerAsync(Look.Wide, async page =>
        {
            // It is refused, and the browser says so: this is what the test wants.
            page.Expect("console error");
            await _scene.LogInAsync(page);
            await page.Page.RouteAsync($"{origin}/**", route => route.FulfillAsync(new RouteFulfillOptions
            {
                ContentType = "text/html",
                Body = html,
            }));
            var answers = new List<int>();
            page.Page.Response += (_, answer) =>
            {
                if (answer.Url.StartsWith(_scene.Balancer.Url.AbsoluteUri, StringComparison.Ordinal))
                    answers.Add(answer.Status);
            };
            await page.OpenAsync(new Uri($"{origin}/"));
            await visit(page, answers);
        });
}
