using Microsoft.Playwright;
using Xunit;

namespace ActorBalancer.EndToEnd.Dashboard;

/// <summary>One chromium for all tests of the collection; each visit has a profile of its own in it.</summary>
/// <remarks>It is Debian's, and nothing is downloaded: the driver comes with the package of Playwright.</remarks>
public sealed class BrowserFixture : IAsyncLifetime
{
    // The headless build of the same browser spends a fraction of the processor's time.
    private const string HeadlessShell = "/usr/bin/chromium-headless-shell";
    private const string Chromium = "/usr/bin/chromium";

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        Assertions.SetDefaultExpectTimeout(BrowserPage.PatienceMilliseconds);
        _playwright = await Playwright.CreateAsync();
        Assertions.SetDefaultExpectTimeout(BrowserPage.PatienceMilliseconds);
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = File.Exists(HeadlessShell) ? HeadlessShell : Chromium,
            Headless = true,

            // Tests run as root in a container, where the sandbox has no ground, and with little shared memory. The
            // browser's own guard of local addresses would keep foreign pages away before the balancer has to.
            Args = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-features=LocalNetworkAccessChecks"],
        });
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
    }

    /// <summary>Opens a page of the dashboard in a profile of its own, logged in, and does something there.</summary>
    /// <param name="scene">Whose dashboard.</param>
    /// <param name="path">Path and hash, such as <c>/dashboard#/workers</c>.</param>
    /// <param name="look">How.</param>
    /// <param name="visit">What is done there.</param>
    /// <exception cref="BrowserFaultException">The browser had something to complain of: an error on its console, an
    /// uncaught one, a breach of the content security policy, or a dialog.</exception>
    internal Task VisitAsync(DashboardScene scene, string path, Look look, Func<BrowserPage, Task> visit) =>
        VisitAsStrangerAsync(look, async page =>
        {
            await scene.LogInAsync(page);
            await page.OpenAsync(scene.Url(path));
            await visit(page);
        });

    /// <summary>The same without a session and without a page.</summary>
    internal async Task VisitAsStrangerAsync(Look look, Func<BrowserPage, Task> visit)
    {
        await using var context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = look.Width, Height = look.Height },
            ColorScheme = look.IsDark ? ColorScheme.Dark : ColorScheme.Light,
            ReducedMotion = ReducedMotion.Reduce,
            Locale = "en-GB",
            TimezoneId = "UTC",
        });
        context.SetDefaultTimeout(BrowserPage.PatienceMilliseconds);
        var page = await BrowserPage.OpenAsync(context, look);
        try
        {
            await visit(page);
        }
        catch (Exception exception) when (page.Faults.Count > 0)
        {
            throw new BrowserFaultException(page.Describe(), exception);
        }

        page.ThrowIfFaulty();
    }
}
