using System.Diagnostics;
using System.Text;
using System.Text.Json;
using ActorBalancer.Actors;
using ActorBalancer.Api.Operations;
using ActorBalancer.Protocol;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Operations;

public sealed class LookTests(ITestOutputHelper output)
{
    [Fact]
    public async Task GetWorkers_ValidAndInvalid_AreOneListByUrl()
    {
        await using var one = await OperationsHarness.WorkerAsync();
        await using var other = await OperationsHarness.WorkerAsync("hello", "hello", "more");
        await using var third = await OperationsHarness.WorkerAsync();
        third.Health = third.Health with { Services = [new WorkerService("db", null, "up")] };
        await using var balancer = await OperationsHarness.StartAsync([one, other, third]);
        await balancer.WaitForServingAsync(one);
        await balancer.WaitForServingAsync(third);
        await balancer.WaitForAsync(other.Url, static worker => !worker.ContractValid);

        var answer = await balancer.GetAsync("/workers");

        answer.Status.ShouldBe(200);
        answer.Header("Cache-Control").ShouldBe("no-store");
        var workers = answer.Json.GetProperty("workers").EnumerateArray().ToArray();
        workers.Select(Url).ShouldBe(
            new[] { one.Url, other.Url, third.Url }.Order(StringComparer.Ordinal), answer.Text);
        var valid = workers.Single(worker => Url(worker) == third.Url);
        valid.EnumerateObject().Select(static member => member.Name).ShouldBe(
            ["id", "url", "node", "group", "contract", "status", "serving", "draining", "hasKey", "websocketPort",
                "slots", "system", "functions", "tags", "services", "contractValid", "contractMismatchReason"]);
        valid.GetProperty("node").ValueKind.ShouldBe(JsonValueKind.Null);
        valid.GetProperty("status").GetString().ShouldBe("ready");
        valid.GetProperty("serving").GetBoolean().ShouldBeTrue();
        valid.GetProperty("draining").GetBoolean().ShouldBeFalse();
        valid.GetProperty("hasKey").GetBoolean().ShouldBeTrue();
        valid.GetProperty("services").GetRawText().ShouldBe("""[{"name":"db","status":"up"}]""");
        valid.GetProperty("functions")[0].GetProperty("name").GetString().ShouldBe("hello");
        var invalid = workers.Single(worker => Url(worker) == other.Url);
        invalid.GetProperty("contractValid").GetBoolean().ShouldBeFalse();
        invalid.GetProperty("contractMismatchReason").GetString().ShouldNotBeNullOrEmpty();
        invalid.GetProperty("serving").GetBoolean().ShouldBeFalse();
    }

    [Fact]
    public async Task GetWorker_EverySpellingOfItsId_FindsIt()
    {
        await using var worker = await OperationsHarness.WorkerAsync();
        await using var balancer = await OperationsHarness.StartAsync([worker]);
        await balancer.WaitForServingAsync(worker);
        var base64 = Convert.ToBase64String(Encoding.UTF8.GetBytes(worker.Url));
        string[] spellings =
        [
            WorkerId.Of(worker.Url), base64, base64.TrimEnd('='), Uri.EscapeDataString(base64),
        ];
        foreach (var spelling in spellings)
        {
            var answer = await balancer.GetAsync($"/workers/{spelling}");
            answer.Status.ShouldBe(200, spelling);
            answer.Json.GetProperty("id").GetString().ShouldBe(WorkerId.Of(worker.Url));
            answer.Json.GetProperty("url").GetString().ShouldBe(worker.Url);
        }
    }

    [Theory]
    [InlineData("x")]
    [InlineData("!!!")]
    [InlineData("aHR0cDovLzEyNy4wLjAuMTox")]
    [InlineData("http%3A%2F%2F127.0.0.1%3A1")]
    [InlineData("_w")]
    public async Task GetWorker_NoneOfThatId_IsUnknown(string id)
    {
        await using var balancer = await OperationsHarness.StartAsync();

        var answer = await balancer.GetAsync($"/workers/{id}");

        answer.Status.ShouldBe(404);
        answer.Code.ShouldBe("worker_unknown");
        answer.Error.ShouldContain("/workers");
    }

    [Theory]
    [InlineData("http://127.0.0.1:3000")]
    [InlineData("http://h/\u00e9?>~~~")]
    [InlineData("x")]
    public void WorkerId_AnyUrl_ComesBack(string url)
    {
        WorkerId.Of(url).ShouldMatch("^[A-Za-z0-9_-]+$");
        WorkerId.Read(WorkerId.Of(url)).ShouldBe(url);
        var base64 = Convert.ToBase64String(Encoding.UTF8.GetBytes(url));
        WorkerId.Read(base64).ShouldBe(url);
        WorkerId.Read(base64.Replace("/", "%2f", StringComparison.Ordinal)).ShouldBe(url);
    }

    [Fact]
    public async Task GetDashboardWorkers_Always_IsAsAnderasOwn()
    {
        await using var worker = await OperationsHarness.WorkerAsync();
        await using var balancer = await OperationsHarness.StartAsync([worker]);
        await balancer.WaitForServingAsync(worker);

        var answer = await balancer.GetAsync("/dashboard/api/workers");

        answer.Json.EnumerateObject().Select(static member => member.Name).ShouldBe(["workers", "invalidWorkers"]);
        var shown = answer.Json.GetProperty("workers")[0];
        shown.GetProperty("url").GetString().ShouldBe(worker.Url);
        shown.TryGetProperty("id", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task GetNodes_OutsideOfACluster_IsThisOne()
    {
        await using var worker = await OperationsHarness.WorkerAsync();
        await using var balancer = await OperationsHarness.StartAsync([worker]);
        await balancer.WaitForServingAsync(worker);

        var answer = await balancer.GetAsync("/nodes");

        answer.Json.GetProperty("cluster").GetBoolean().ShouldBeFalse();
        var node = answer.Json.GetProperty("nodes").EnumerateArray().ShouldHaveSingleItem();
        node.GetProperty("id").ValueKind.ShouldBe(JsonValueKind.Null);
        node.GetProperty("self").GetBoolean().ShouldBeTrue();
        node.GetProperty("roles").GetRawText().ShouldBe("""["engine","api"]""");
        node.GetProperty("host").GetString().ShouldBe(Environment.MachineName);
        node.GetProperty("processId").GetInt32().ShouldBe(Environment.ProcessId);
        node.GetProperty("version").GetString().ShouldNotBeNullOrEmpty();
        node.GetProperty("startedAt").GetDateTimeOffset().ShouldBeInRange(
            DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddSeconds(1));
        node.GetProperty("leaving").GetBoolean().ShouldBeFalse();
        node.GetProperty("owns").GetRawText().ShouldBe($"""["{worker.Url}"]""");
    }

    [Fact]
    public async Task GetProxy_WithoutPools_IsEmpty()
    {
        await using var balancer = await OperationsHarness.StartAsync();

        (await balancer.GetAsync("/proxy")).Text.ShouldBe("""{"pools":[]}""");
    }

    [Fact]
    public async Task GetActors_Whole_HasEachWithItsFigures()
    {
        await using var worker = await OperationsHarness.WorkerAsync();
        await using var balancer = await OperationsHarness.StartAsync([worker]);
        await balancer.WaitForServingAsync(worker);

        var answer = await balancer.GetAsync("/actors");

        answer.Header("Content-Type").ShouldBe("application/json; charset=utf-8");
        answer.Header("Cache-Control").ShouldBe("no-store");
        var top = answer.Json.GetProperty("actors");
        top.GetProperty("path").GetString().ShouldBe("/user");
        Flatten(top).Count().ShouldBe(answer.Json.GetProperty("count").GetInt32());
        var queue = Flatten(top).Single(static actor => actor.GetProperty("type").ValueEquals("QueueActor"));
        queue.EnumerateObject().Select(static member => member.Name).ShouldBe(
            ["path", "type", "state", "mailboxLength", "processed", "restarts", "lastFailure", "childCount",
                "children"]);
        queue.GetProperty("path").GetString()!.ShouldStartWith("/user/queues/");
        queue.GetProperty("state").GetString().ShouldBe("running");
        queue.GetProperty("processed").GetInt64().ShouldBeGreaterThan(0);
        queue.GetProperty("lastFailure").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task GetActors_OfTenThousand_ComeWhole()
    {
        const int Count = 10_000;
        await using var balancer = await OperationsHarness.StartAsync();
        for (var i = 0; i < Count; i++)
            balancer.Host.Engine.ActorSystem.Spawn(Props.Create(static () => new Idle()), $"idle-{i}");
        await balancer.GetAsync("/actors?depth=1");
        var watch = Stopwatch.StartNew();

        var answer = await balancer.GetAsync("/actors");

        output.WriteLine($"{Count} actors, {answer.Body.Length} bytes in {watch.ElapsedMilliseconds} ms");
        answer.Json.GetProperty("count").GetInt32().ShouldBeGreaterThan(Count);
        Flatten(answer.Json.GetProperty("actors"))
            .Count(static actor => actor.GetProperty("type").ValueEquals("Idle")).ShouldBe(Count);
        (await balancer.GetAsync("/actors?root=/idle-77")).Json.GetProperty("count").GetInt32().ShouldBe(1);
    }

    [Theory]
    [InlineData("/queues")]
    [InlineData("/queues/")]
    [InlineData("/user/queues")]
    public async Task GetActors_FromARootDownToADepth_CutsTheRest(string root)
    {
        await using var worker = await OperationsHarness.WorkerAsync();
        await using var balancer = await OperationsHarness.StartAsync([worker]);
        await balancer.WaitForServingAsync(worker);

        var answer = await balancer.GetAsync($"/actors?root={Uri.EscapeDataString(root)}&depth=1");

        answer.Status.ShouldBe(200, answer.Text);
        var top = answer.Json.GetProperty("actors");
        top.GetProperty("path").GetString().ShouldBe("/user/queues");
        top.GetProperty("childCount").GetInt32().ShouldBe(1);
        top.GetProperty("children").GetArrayLength().ShouldBe(0);
        answer.Json.GetProperty("count").GetInt32().ShouldBe(2);
    }

    [Theory]
    [InlineData("?root=/nobody", 404, "actor_unknown")]
    [InlineData("?root=/queue", 404, "actor_unknown")]
    [InlineData("?root=queues", 400, "query_invalid")]
    [InlineData("?root=/queues&root=/workers", 400, "query_invalid")]
    [InlineData("?depth=0", 400, "query_invalid")]
    [InlineData("?depth=31", 400, "query_invalid")]
    [InlineData("?depth=x", 400, "query_invalid")]
    [InlineData("?dept=1", 400, "query_unknown")]
    public async Task GetActors_WrongQuery_IsAClearError(string query, int status, string code)
    {
        await using var balancer = await OperationsHarness.StartAsync();

        var answer = await balancer.GetAsync("/actors" + query);

        answer.Status.ShouldBe(status);
        answer.Code.ShouldBe(code);
        answer.Error.ShouldNotBeNullOrEmpty();
    }

    [Theory]
    [InlineData("GET", "/workers")]
    [InlineData("GET", "/workers/x")]
    [InlineData("GET", "/nodes")]
    [InlineData("GET", "/proxy")]
    [InlineData("GET", "/actors")]
    [InlineData("GET", "/dashboard/api/workers")]
    public async Task Send_WithoutTheKey_IsRefused(string method, string path)
    {
        await using var balancer = await OperationsHarness.StartAsync();

        (await balancer.SendAsync(method, path, null, ("Authorization", "wrong"))).Status.ShouldBe(401);
    }

    private sealed class Idle : Actor<int>
    {
        protected override ValueTask OnReceiveAsync(int message) => default;
    }

    private static string Url(JsonElement worker) => worker.GetProperty("url").GetString()!;

    private static IEnumerable<JsonElement> Flatten(JsonElement actor) =>
        actor.GetProperty("children").EnumerateArray().SelectMany(Flatten).Prepend(actor);
}
