using Microsoft.Playwright;
using Shouldly;

namespace ActorBalancer.EndToEnd.Dashboard;

/// <summary>What people find on pages of the dashboard, by the names that they and screen readers see.</summary>
internal static class PageParts
{
    public static ILocator Button(this BrowserPage page, string name) =>
        page.Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    public static ILocator Link(this BrowserPage page, string name) =>
        page.Page.GetByRole(AriaRole.Link, new() { Name = name, Exact = true });

    /// <summary>The button of a question that was asked.</summary>
    public static ILocator Answer(this BrowserPage page, string name) =>
        page.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    /// <summary>The row of a table that has this text.</summary>
    public static ILocator Row(this BrowserPage page, string text) =>
        page.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = text });

    /// <summary>A part of a page by its heading.</summary>
    public static ILocator Panel(this BrowserPage page, string title) =>
        page.Page.Locator(".panel").Filter(new()
        {
            Has = page.Page.GetByRole(AriaRole.Heading, new() { Name = title, Exact = true }),
        });

    /// <summary>Waits until a message says so.</summary>
    public static Task ExpectToastAsync(this BrowserPage page, string text) =>
        Assertions.Expect(page.Page.Locator("#toasts")).ToContainTextAsync(text);

    public static Task ExpectAsync(this ILocator locator, string text) =>
        Assertions.Expect(locator).ToContainTextAsync(text);

    public static Task ExpectVisibleAsync(this ILocator locator) => Assertions.Expect(locator).ToBeVisibleAsync();

    /// <summary>Whatever came from outside made no element of its own.</summary>
    public static async Task CheckNoMarkupAsync(this BrowserPage page) =>
        (await page.Page.Locator("main img, main script, main b, main iframe").CountAsync()).ShouldBe(0);

    /// <summary>Looks at the page as people and machines do, and keeps a picture.</summary>
    public static async Task InspectAsync(this BrowserPage page, string name)
    {
        await page.CheckWidthAsync();
        await page.CheckAccessibilityAsync();
        await page.Page.EvaluateAsync("scrollTo(0, 0)");
        await page.ScreenshotAsync(name);
    }

    /// <summary>The same at both widths and in both colours.</summary>
    public static Task InspectAtEveryLookAsync(this BrowserPage page, string name) =>
        page.AtEveryLookAsync(() => page.InspectAsync(name));
}
