using ActorBalancer.EndToEnd.Balancer;
using ActorBalancer.EndToEnd.HelloWorker;
using ActorBalancer.Testing.Workers;
using Microsoft.Playwright;
using Shouldly;

namespace ActorBalancer.EndToEnd.Dashboard;

/// <summary>A balancer as a process with its workers, and its dashboard. Tests of one class may share it.</summary>
internal sealed class DashboardScene : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;
    private readonly IAsyncDisposable[] _owned;
    private IReadOnlyList<Cookie>? _session;

    private DashboardScene(TemporaryFolder folder, BalancerProcess balancer, params IAsyncDisposable[] owned)
    {
        _folder = folder;
        Balancer = balancer;
        _owned = owned;
    }

    /// <summary>The balancer; it runs tasks of the group <c>hello</c>, contract 1.</summary>
    public BalancerProcess Balancer { get; }

    /// <summary>Starts a balancer with one process of the sample worker, and waits until it takes tasks.</summary>
    public static async Task<DashboardScene> StartAsync(params (string Name, string Value)[] settings)
    {
        var folder = new TemporaryFolder();
        var worker = await HelloWorkerProcess.StartAsync(folder, "worker");
        return await StartAsync(folder, [worker.Url], settings, worker);
    }

    /// <summary>Starts a balancer with workers of the test's own, which the test ends, and waits until those that are
    /// valid take tasks.</summary>
    public static Task<DashboardScene> StartAsync(
        IReadOnlyList<FakeWorker> workers, int validCount, params (string Name, string Value)[] settings) =>
        StartAsync(new TemporaryFolder(), [.. workers.Select(worker => worker.Url)], settings, validCount: validCount);

    /// <summary>Address of a path, which may have a hash.</summary>
    public Uri Url(string path) => new(Balancer.Url, path);

    /// <summary>Gives a page a session: a login the first time, then the same cookie.</summary>
    public async Task LogInAsync(BrowserPage page)
    {
        if (_session is not null)
        {
            await page.Page.Context.AddCookiesAsync(_session);
            return;
        }

        var answer = await page.Page.APIRequest.PostAsync(
            Url("/dashboard/login").AbsoluteUri, new() { DataObject = new { key = BalancerProcess.Key } });
        answer.Status.ShouldBe(204);
        _session = [.. (await page.Page.Context.CookiesAsync()).Select(cookie => new Cookie
        {
            Name = cookie.Name,
            Value = cookie.Value,
            Domain = cookie.Domain,
            Path = cookie.Path,
            HttpOnly = cookie.HttpOnly,
            SameSite = cookie.SameSite,
        })];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Balancer.DisposeAsync();
        foreach (var owned in _owned)
            await owned.DisposeAsync();
        _folder.Dispose();
    }

    private static async Task<DashboardScene> StartAsync(
        TemporaryFolder folder,
        IReadOnlyList<string> workers,
        (string Name, string Value)[] settings,
        IAsyncDisposable? owned = null,
        int validCount = 1)
    {
        var balancer = await BalancerProcess.StartAsync(folder, workers, settings);
        await balancer.WaitForWorkersAsync(validCount);
        return new DashboardScene(folder, balancer, owned is null ? [] : [owned]);
    }
}
