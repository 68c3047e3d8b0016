using System.Net.Http.Headers;
using ActorBalancer.Api.Proxying.Control;
using ActorBalancer.Engine.Proxying;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Proxying.Control;

public sealed class ControlPlaneTests : IAsyncLifetime
{
    private readonly ProxyHarness _proxy = new();

    public async ValueTask InitializeAsync() => await _proxy.ApplyAsync(
        ProxyHarness.Pool("web", null, ProxyHarness.Backend("1"), ProxyHarness.Backend("2", "http://127.0.0.1:10")),
        ProxyHarness.Pool("other", null, ProxyHarness.Backend("x")) with { Hosts = ["other.test"] });

    public ValueTask DisposeAsync() => _proxy.DisposeAsync();

    [Theory]
    [InlineData("any.test", "", 1)]
    [InlineData("other.test", "", "x")]
    [InlineData("any.test", "?pool=other", "x")]
    [InlineData("other.test", "?pool=web", 1)]
    public async Task Health_Pool_IsThatOfTheHostOrOfTheName(string host, string query, object id)
    {
        var answer = await _proxy.CallAsync("web", "GET", "/_lb/health" + query, ("Host", host));

        answer.Status.ShouldBe(200);
        answer.Header("Content-Type").ShouldBe("application/json; charset=utf-8");
        answer.Header("Cache-Control").ShouldBe("no-store");
        answer.Json.GetProperty("backends")[0].GetProperty("id").ToString().ShouldBe($"{id}");
    }

    [Fact]
    public async Task Health_UnknownPool_Is404()
    {
        var answer = await _proxy.CallAsync("web", "GET", "/_lb/health?pool=none");

        answer.Status.ShouldBe(404);
        answer.Code.ShouldBe("pool_unknown");
    }

    [Fact]
    public async Task Health_Head_IsAnsweredAsGetWithoutBody()
    {
        var answer = await _proxy.CallAsync("web", "HEAD", "/_lb/health");

        answer.Status.ShouldBe(200);
        int.Parse(answer.Header("Content-Length")!).ShouldBeGreaterThan(100);
    }

    [Theory]
    [InlineData("/_lb")]
    [InlineData("/_lb/")]
    [InlineData("/_lb/health/")]
    [InlineData("/_lb/Health")]
    [InlineData("/_lb/nothing")]
    [InlineData("/_lb/../x")]
    [InlineData("/_lb/%68ealth")]
    [InlineData("/_lb//health")]
    [InlineData("http://any.test/_lb/nothing")]
    public async Task Unknown_Path_Is404AndNotForwarded(string path)
    {
        var answer = await _proxy.CallAsync("web", "GET", path);

        answer.Status.ShouldBe(404);
        answer.Code.ShouldBe("not_found");
    }

    [Theory]
    [InlineData("/_lb", true)]
    [InlineData("/_lb/backends", true)]
    [InlineData("//_lb/backends", false)]
    [InlineData("/%5flb/backends", false)]
    [InlineData("/_LB/backends", false)]
    [InlineData("/_lbx", false)]
    [InlineData("/_lb%2fbackends", false)]
    [InlineData("/x/../_lb/backends", false)]
    [InlineData("", false)]
    public void Owns_OtherSpellings_AreOrdinaryPaths(string path, bool owned) =>
        ControlPlane.Owns(path).ShouldBe(owned);

    [Theory]
    [InlineData("GET", "/_lb/backends")]
    [InlineData("POST", "/_lb/backends/1/drain")]
    [InlineData("POST", "/_lb/backends/none/drain")]
    public async Task Operation_WithoutTheKey_Is401(string method, string path)
    {
        (await _proxy.CallAsync("web", method, path)).Status.ShouldBe(401);
        var answer = await _proxy.CallAsync("web", method, path, ("Authorization", "Bearer wrong"));

        answer.Status.ShouldBe(401);
        answer.Header("WWW-Authenticate").ShouldBe("Bearer");
        Status("1").State.ShouldBe(BackendState.Active);
    }

    [Fact]
    public async Task Operation_ManyWrongKeys_Are429AndARightOneIsNot()
    {
        for (var i = 0; i < 3; i++)
            (await _proxy.CallAsync("web", "GET", "/_lb/backends", ("x-lb-auth", "wrong"))).Status.ShouldBe(401);

        (await _proxy.CallAsync("web", "GET", "/_lb/backends", ("x-lb-auth", "wrong"))).Status.ShouldBe(429);
        (await _proxy.CallAsync("web", "GET", "/_lb/backends", Key)).Status.ShouldBe(200);
    }

    [Theory]
    [InlineData("POST", "/_lb/health", "GET, HEAD")]
    [InlineData("DELETE", "/_lb/backends", "GET, HEAD")]
    [InlineData("OPTIONS", "/_lb/events", "GET, HEAD")]
    [InlineData("GET", "/_lb/backends/1/drain", "POST")]
    public async Task Operation_OtherMethod_Is405(string method, string path, string allow)
    {
        var answer = await _proxy.CallAsync("web", method, path, Key);

        answer.Status.ShouldBe(405);
        answer.Header("Allow").ShouldBe(allow);
    }

    [Fact]
    public async Task Operation_UnknownBackend_Is404()
    {
        var answer = await _proxy.CallAsync("web", "POST", "/_lb/backends/9/down", Key);

        answer.Status.ShouldBe(404);
        answer.Code.ShouldBe("backend_unknown");
    }

    [Fact]
    public async Task Operation_Orders_AreCarriedOutAndAnswered()
    {
        var down = await _proxy.CallAsync("web", "POST", "/_lb/backends/2/down", Key);
        var drain = await _proxy.CallAsync("web", "POST", "/_lb/backends/1/drain", Key);

        down.Status.ShouldBe(200);
        down.Json.GetProperty("state").GetString().ShouldBe("down");
        drain.Json.GetProperty("id").GetInt32().ShouldBe(1);
        drain.Json.GetProperty("state").GetString().ShouldBe("drain");
        Status("1").State.ShouldBe(BackendState.Drain);
        Status("2").State.ShouldBe(BackendState.Down);
        var up = await _proxy.CallAsync("web", "POST", "/_lb/backends/1/up", Key);
        up.Json.GetProperty("state").GetString().ShouldBe("active");
        var all = (await _proxy.CallAsync("web", "GET", "/_lb/backends", Key)).Json;
        all.GetProperty("pool").GetString().ShouldBe("web");
        all.GetProperty("backends").EnumerateArray().Select(one => one.GetProperty("state").GetString())
            .ShouldBe(["active", "down"]);
    }

    [Theory]
    [InlineData("X-Forwarded-For", "127.0.0.1")]
    [InlineData("Forwarded", "for=127.0.0.1")]
    [InlineData("X-Real-IP", "127.0.0.1")]
    [InlineData("Via", "1.1 x")]
    public async Task Events_ThroughAProxy_NeedTheKey(string name, string value) =>
        (await _proxy.CallAsync("web", "GET", "/_lb/events", (name, value))).Status.ShouldBe(401);

    [Fact]
    public async Task Events_OnThisMachine_ComeAsTheyHappen()
    {
        using var client = new HttpClient { BaseAddress = _proxy.UrlOf("web") };
        var pool = _proxy.Engine.Find("web")!;
        using var response = await client.GetAsync("/_lb/events", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());

        response.Content.Headers.ContentType.ShouldBe(new MediaTypeHeaderValue("text/event-stream"));
        var first = await ReadAsync(reader);
        first[0].ShouldBe("event: update");
        first[1].ShouldStartWith("""data: [{"id":1,"url":"http://127.0.0.1:9","healthy":""");
        pool.Events.Publish(new RequestEvent("192.0.2.1", "http://127.0.0.1:9", "1", "round-robin"));
        (await ReadAsync(reader)).ShouldBe(
        [
            "event: request",
            """data: {"ip":"192.0.2.1","to":"http://127.0.0.1:9","backendId":1,"strategy":"round-robin"}""",
        ]);
        pool.Events.Publish(new DrainedEvent("b"));
        (await ReadAsync(reader)).ShouldBe(["event: drained", """data: {"backendId":"b"}"""]);

        await _proxy.Host.StopAsync(CancellationToken.None);

        (await reader.ReadToEndAsync()).ShouldBeEmpty();
        pool.Events.HasListeners.ShouldBeFalse();
    }

    [Fact]
    public async Task Events_ReaderGoes_NobodyLooksOnAnyMore()
    {
        using var client = new HttpClient { BaseAddress = _proxy.UrlOf("web") };
        var pool = _proxy.Engine.Find("web")!;
        var response = await client.GetAsync("/_lb/events", HttpCompletionOption.ResponseHeadersRead);
        pool.Events.HasListeners.ShouldBeTrue();

        response.Dispose();

        // The listener's stop waits for the request to end, which is after the reader was forgotten.
        await _proxy.Host.StopAsync(CancellationToken.None);
        pool.Events.HasListeners.ShouldBeFalse();
        _proxy.Log.Text.ShouldNotContain("failed");
    }

    [Fact]
    public async Task Events_Silence_IsBrokenByPings()
    {
        var time = new ManualTimeProvider();
        await using var proxy = new ProxyHarness(time);
        await proxy.ApplyAsync(ProxyHarness.Pool("web"));
        using var client = new HttpClient { BaseAddress = proxy.UrlOf("web") };
        using var response = await client.GetAsync("/_lb/events", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        (await ReadAsync(reader))[0].ShouldBe("event: update");
        await time.WaitForTimerAsync(TimeSpan.FromSeconds(15));

        time.Advance(TimeSpan.FromSeconds(15));

        (await ReadAsync(reader)).ShouldBe([": ping"]);
    }

    [Fact]
    public async Task Operation_ProxyWithoutAKey_IsShut()
    {
        await using var proxy = new ProxyHarness(hasKey: false);
        await proxy.ApplyAsync(ProxyHarness.Pool("web"));

        (await proxy.CallAsync("web", "GET", "/_lb/backends", Key)).Status.ShouldBe(403);
        (await proxy.CallAsync("web", "GET", "/_lb/backends", ("x-lb-auth", ""))).Status.ShouldBe(403);
        (await proxy.CallAsync("web", "GET", "/_lb/health")).Status.ShouldBe(200);
    }

    private static (string Name, string Value) Key => ("Authorization", ProxyHarness.Key);

    private static async Task<List<string>> ReadAsync(StreamReader reader)
    {
        using var guard = new CancellationTokenSource(TestSignal.Guard);
        var lines = new List<string>();
        while (await reader.ReadLineAsync(guard.Token) is { Length: > 0 } line)
            lines.Add(line);
        return lines;
    }

    private BackendStatus Status(string id) =>
        _proxy.Engine.Find("web")!.Status().Backends.Single(one => one.Options.Id == id);
}
