using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using ActorBalancer.Testing;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.EndToEnd.Proxy;

/// <summary>A config.json of smart-stick, as it is, in the real process.</summary>
public sealed class SmartStickTests
{
    [Fact]
    public async Task Requests_ThroughItsFile_GoAsSmartStickSendsThem()
    {
        using var folder = new TemporaryFolder();
        await using var first = await TestSite.StartAsync("first");
        await using var second = await TestSite.StartAsync("second");
        var port = FreePort.Next();
        await using var proxy = await ProxyProcess.StartAsync(folder, port, $$"""
            {
              "port": {{port}},
              "strategy": "round-robin",
              "backends": [
                { "id": 1, "url": "{{first.Url}}", "weight": 2, "owner": "ops@example.org" },
                { "id": 2, "url": "{{second.Url}}", "healthPath": "/status", "healthHeaders": { "X-Secret": "hidden" } }
              ],
              "health": { "interval": 10000, "path": "/", "method": "GET", "algorithm": "http-status", "timeout": 2000 }
            }
            """);

        // Weighted round robin is A A B A A B; a cookie holds its backend.
        var ids = new List<string>();
        for (var i = 0; i < 6; i++)
        {
            var (answer, text) = await proxy.SendAsync(HttpMethod.Get, "/a");
            var id = answer.Headers.GetValues("x-backend-id").Single();
            ids.Add(id);
            text.ShouldBe($"{(id == "1" ? "first" : "second")} /a HTTP/1.1");
            answer.Headers.GetValues("x-backend").ShouldBe([id == "1" ? first.Url : second.Url]);
            answer.Headers.GetValues("Set-Cookie").Single().ShouldStartWith($"X-Backend-ID={id}; ");
        }

        ids.Count(static id => id == "1").ShouldBe(4);
        string.Concat(ids.Concat(ids)).ShouldContain("112112");
        for (var i = 0; i < 3; i++)
            (await proxy.GetAsync("/b", ("Cookie", "X-Backend-ID=2"))).ShouldStartWith("second ");

        var health = JsonElement.Parse(await proxy.GetAsync("/_lb/health"));
        health.EnumerateObject().Select(static member => member.Name)
            .ShouldBe(["timestamp", "strategy", "total", "healthy", "unhealthy", "backends"]);
        var backend = health.GetProperty("backends")[1];
        backend.EnumerateObject().Select(static member => member.Name).ShouldBe(
        [
            "id", "url", "healthy", "weight", "requests", "activeConnections", "lastChecked", "healthCheck",
        ]);
        backend.GetProperty("id").GetInt32().ShouldBe(2);
        backend.GetProperty("requests").GetInt32().ShouldBe(5);
        backend.GetProperty("activeConnections").GetInt32().ShouldBe(0);
        backend.GetProperty("healthCheck").GetProperty("path").GetString().ShouldBe("/status");
        backend.GetProperty("healthCheck").GetProperty("hasCustomHeaders").GetBoolean().ShouldBeTrue();
        health.ToString().ShouldNotContain("hidden");

        using var socket = await proxy.OpenSocketAsync("/socket", "X-Backend-ID=2");
        (await ProxyProcess.EchoAsync(socket, "hello")).ShouldBe("hello");
    }

    [Fact]
    public async Task Backend_Dies_NoRequestFailsAndItsSessionsMove()
    {
        using var folder = new TemporaryFolder();
        await using var first = await TestSite.StartAsync("first");
        var second = await TestSite.StartAsync("second");
        var port = FreePort.Next();
        await using var proxy = await ProxyProcess.StartAsync(folder, port, Config(port, first, second));
        (await proxy.GetAsync("/", ("Cookie", "X-Backend-ID=2"))).ShouldStartWith("second ");
        using var events = await ProxyEvents.OpenAsync(proxy);
        (await events.ReadAsync()).Kind.ShouldBe("update");

        await second.DisposeAsync();
        for (var i = 0; i < 20; i++)
        {
            var (answer, text) = await proxy.SendAsync(HttpMethod.Get, "/x", ("Cookie", "X-Backend-ID=2"));
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            text.ShouldStartWith("first ");
            answer.Headers.GetValues("Set-Cookie").Single().ShouldStartWith("X-Backend-ID=1; ");
        }

        var update = await events.WaitForAsync("update", static data => !data[1].GetProperty("healthy").GetBoolean());
        update[0].GetProperty("healthy").GetBoolean().ShouldBeTrue();
        await using var again = await TestSite.StartAsync("second", second.Port);
        await events.WaitForAsync("update", static data => data[1].GetProperty("healthy").GetBoolean());
        (await proxy.GetAsync("/x", ("Cookie", "X-Backend-ID=2"))).ShouldStartWith("second ");
    }

    [Fact]
    public async Task Backends_AllDown_Is503WithTheErrorOfSmartStick()
    {
        using var folder = new TemporaryFolder();
        var first = await TestSite.StartAsync("first");
        await first.DisposeAsync();
        var port = FreePort.Next();
        await using var proxy = await ProxyProcess.StartAsync(folder, port, Config(port, first));

        var (answer, text) = await proxy.SendAsync(HttpMethod.Get, "/");

        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        JsonElement.Parse(text).GetProperty("error").GetString().ShouldBe("No healthy backends available.");
    }

    [Fact]
    public async Task Reload_UnderTraffic_NothingFailsAndWhatIsOpenGoesOn()
    {
        using var folder = new TemporaryFolder();
        await using var first = await TestSite.StartAsync("first");
        await using var second = await TestSite.StartAsync("second");
        var port = FreePort.Next();
        await using var proxy = await ProxyProcess.StartAsync(folder, port, Config(port, first));
        using var socket = await proxy.OpenSocketAsync("/socket");
        var held = proxy.GetAsync("/hold");
        await first.Held.WaitAsync();
        using var stop = new CancellationTokenSource();
        var traffic = Enumerable.Range(0, 4).Select(_ => SendUntilAsync(proxy, stop.Token)).ToList();

        await ProxyProcess.WriteAsync(folder, "config.json", Config(port, first, second));
        await proxy.Process.WaitForLineAsync("has changed: 1 pools now");
        while (!(await proxy.GetAsync("/")).StartsWith("second ", StringComparison.Ordinal))
        {
            // Each request takes its turn; the new backend's comes.
        }

        await ProxyProcess.WriteAsync(folder, "config.json", "{ \"port\": }");
        await proxy.Process.WaitForLineAsync("is refused, the old one stays");
        (await ProxyProcess.EchoAsync(socket, "still here")).ShouldBe("still here");
        first.Release.Set();
        (await held).ShouldStartWith("first ");
        await stop.CancelAsync();
        (await Task.WhenAll(traffic)).Sum().ShouldBeGreaterThan(0);
        JsonElement.Parse(await proxy.GetAsync("/_lb/health")).GetProperty("total").GetInt32().ShouldBe(2);
    }

    [Fact]
    public async Task Stop_RequestAndSocketOpen_EndInOrder()
    {
        using var folder = new TemporaryFolder();
        await using var first = await TestSite.StartAsync("first");
        var port = FreePort.Next();
        await using var proxy = await ProxyProcess.StartAsync(folder, port, Config(port, first));
        using var socket = await proxy.OpenSocketAsync("/socket");
        var held = proxy.GetAsync("/hold");
        await first.Held.WaitAsync();

        proxy.Process.Signal("TERM");

        using var guard = new CancellationTokenSource(TestSignal.Guard);
        var end = await socket.ReceiveAsync(new byte[16], guard.Token);
        end.CloseStatus.ShouldBe(WebSocketCloseStatus.EndpointUnavailable);
        await socket.CloseOutputAsync(WebSocketCloseStatus.EndpointUnavailable, null, guard.Token);
        first.Release.Set();
        (await held).ShouldStartWith("first ");
        (await proxy.Process.WaitForExitAsync()).ShouldBe(0);
    }

    private static string Config(int port, params TestSite[] sites) => JsonSerializer.Serialize(new
    {
        port,
        backends = sites.Select(static (site, index) => new { id = index + 1, url = site.Url }),
        health = new { interval = 200, timeout = 2000 },
    });

    private static async Task<int> SendUntilAsync(ProxyProcess proxy, CancellationToken stop)
    {
        var count = 0;
        for (; !stop.IsCancellationRequested; count++)
            await proxy.GetAsync("/");
        return count;
    }
}
