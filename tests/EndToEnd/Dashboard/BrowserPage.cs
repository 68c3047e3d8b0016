using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace ActorBalancer.EndToEnd.Dashboard;

/// <summary>A page in the browser that writes down whatever the browser complains of.</summary>
internal sealed class BrowserPage
{
    /// <summary>How long a page is waited for; far above anything seen on two busy cores.</summary>
    public const float PatienceMilliseconds = 30_000;

    // A breach is told on the console too, but not every kind of it and not by its name.
    private const string WatchPolicy = """
        document.addEventListener('securitypolicyviolation', event => console.error(
          `CSP violation: ${event.effectiveDirective} by ${event.blockedURI} at ${event.sourceFile}:${event.lineNumber}`
          + ` ${event.sample}`));
        """;

    private readonly ConcurrentQueue<string> _faults = new();
    private readonly List<string> _expected = [];
    private Look _look;

    private BrowserPage(IPage page, Look look)
    {
        Page = page;
        _look = look;
    }

    /// <summary>Playwright's page.</summary>
    public IPage Page { get; }

    /// <summary>What the browser complained of so far and nobody expected.</summary>
    public IReadOnlyList<string> Faults =>
        [.. _faults.Where(fault => !_expected.Exists(part => fault.Contains(part, StringComparison.Ordinal)))];

    /// <summary>Makes one.</summary>
    public static async Task<BrowserPage> OpenAsync(IBrowserContext context, Look look)
    {
        await context.AddInitScriptAsync(WatchPolicy);
        var made = new BrowserPage(await context.NewPageAsync(), look);
        made.Watch();
        return made;
    }

    /// <summary>Goes somewhere and waits until it is loaded.</summary>
    public Task<IResponse?> OpenAsync(Uri url) => Page.GotoAsync(url.AbsoluteUri);

    /// <summary>Goes to another page of the same application, such as <c>#/queues</c>, without loading it anew.
    /// </summary>
    public Task GoAsync(string hash) => Page.EvaluateAsync("hash => { location.hash = hash; }", hash);

    /// <summary>Waits until the address contains this. Looks at the address alone: Playwright's own wait for a URL also
    /// waits for events of the load, and misses them when one navigation follows another.</summary>
    public Task ArriveAsync(string part) => Assertions.Expect(Page).ToHaveURLAsync(new Regex(Regex.Escape(part)));

    /// <summary>Does not count complaints that contain this text, such as <c>status of 404</c>.</summary>
    public void Expect(string partOfFault) => _expected.Add(partOfFault);

    /// <summary>Does something at both widths and in both colours, without loading the page anew; it then looks as
    /// before.</summary>
    public async Task AtEveryLookAsync(Func<Task> work)
    {
        var before = _look;
        foreach (var (width, isDark) in Look.All.Select(static row => row.Data))
        {
            await ChangeLookAsync(new Look(width, isDark));
            await work();
        }

        await ChangeLookAsync(before);
    }

    /// <summary>Keeps a picture of the whole page as <c>NAME-390-light.png</c> in the folder that SCREENSHOTS names, or
    /// in <c>artifacts/screenshots</c> of the checkout.</summary>
    public Task ScreenshotAsync(string name) => Page.ScreenshotAsync(new PageScreenshotOptions
    {
        Path = Path.Combine(Screenshots.Folder, $"{name}-{_look}.png"),
        FullPage = true,
        Animations = ScreenshotAnimations.Disabled,
    });

    /// <summary>Asks axe-core for faults of accessibility in the page as it stands.</summary>
    /// <exception cref="BrowserFaultException">It found serious or critical ones.</exception>
    public async Task CheckAccessibilityAsync()
    {
        var found = await Axe.FindFaultsAsync(Page);
        if (found.Count > 0)
        {
            throw new BrowserFaultException(
                $"{Page.Url} at {_look}: {found.Count} faults of accessibility:\n" + string.Join('\n', found));
        }
    }

    /// <summary>Fails when the page is wider than the window, so that one has to scroll sideways.</summary>
    public async Task CheckWidthAsync()
    {
        var width = await Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth");
        if (width > _look.Width)
            throw new BrowserFaultException($"{Page.Url} at {_look} is {width} pixels wide.");
    }

    /// <summary>All complaints, for a message.</summary>
    public string Describe() => $"{Page.Url} at {_look}: the browser complains:\n" + string.Join('\n', Faults);

    /// <summary>Fails when the browser complained of something.</summary>
    public void ThrowIfFaulty()
    {
        if (Faults.Count > 0)
            throw new BrowserFaultException(Describe());
    }

    // One thing at a time, and the colours while everything is shown: chromium keeps the old colour of text that comes
    // into sight in the same frame as the new colours.
    private async Task ChangeLookAsync(Look look)
    {
        _look = look;
        await Page.SetViewportSizeAsync(Look.Wide.Width, Look.Wide.Height);
        await PaintAsync();
        await Page.EmulateMediaAsync(new PageEmulateMediaOptions
        {
            ColorScheme = look.IsDark ? ColorScheme.Dark : ColorScheme.Light,
            ReducedMotion = ReducedMotion.Reduce,
        });
        await PaintAsync();
        await Page.SetViewportSizeAsync(look.Width, look.Height);
        await PaintAsync();
    }

    private async Task PaintAsync() => await Page.EvaluateAsync(
        "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");

    private void Watch()
    {
        Page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
                _faults.Enqueue($"console {message.Type}: {message.Text} ({message.Location})");
        };
        Page.PageError += (_, error) => _faults.Enqueue($"uncaught: {error}");
        Page.Crash += (_, _) => _faults.Enqueue("the page crashed");
        Page.Dialog += (_, dialog) =>
        {
            _faults.Enqueue($"dialog {dialog.Type}: {dialog.Message}");
            _ = dialog.DismissAsync();
        };
    }
}
