using ActorBalancer.ProxyTwoSites;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.EndToEnd.Proxy;

/// <summary>The sample that embeds the proxy.</summary>
public sealed class ProxyTwoSitesTests
{
    [Fact]
    public async Task Sample_AsItsHeaderSays_ServesBothSitesAndMovesFromTheIllOne()
    {
        using var folder = new TemporaryFolder();
        var port = FreePort.Next();
        await using var process = new ChildProcess(
            typeof(Site).Assembly.Location, folder.Path, [], [("PORT", $"{port}")]);
        await process.WaitForLineAsync("ProxyTwoSites listens on");
        using var client = new HttpClient(new SocketsHttpHandler { UseCookies = false })
        {
            BaseAddress = new Uri($"http://127.0.0.1:{port}"),
        };

        var both = new[] { await client.GetStringAsync("/"), await client.GetStringAsync("/") };

        both.Order().ShouldBe(["Site A\n", "Site B\n"]);
        client.DefaultRequestHeaders.Add("Cookie", "X-Backend-ID=b");
        (await client.GetStringAsync("/")).ShouldBe("Site B\n");
        using var reader = new StreamReader(await client.GetStreamAsync("/_lb/events"));
        using var ill = await client.PostAsync("/fail", null);
        (await ill.Content.ReadAsStringAsync()).ShouldBe("Site B is ill now\n");
        using var guard = new CancellationTokenSource(Testing.TestSignal.Guard);
        while (await reader.ReadLineAsync(guard.Token) is { } line && !line.Contains("\"healthy\":false"))
        {
            // Events come until the check has seen it.
        }

        (await client.GetStringAsync("/")).ShouldBe("Site A\n");
        process.Signal("TERM");
        (await process.WaitForExitAsync()).ShouldBe(0);
    }
}
