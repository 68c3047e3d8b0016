using System.Text;
using ActorBalancer.Api.Operations;
using ActorBalancer.Api.Tests.Hosting;
using ActorBalancer.Engine.Proxying;
using ActorBalancer.Engine.Workers;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Operations;

public sealed class SteerTests
{
    private const string HelloTask = """{"group":"hello","function":"hello","contract":1,"input":{}}""";

    [Fact]
    public async Task GetLogs_OfAWorker_AreItsLines()
    {
        await using var worker = await OperationsHarness.WorkerAsync();
        worker.Logs = ["first", "<script>alert(1)</script>", "\u001b[31mred"];
        await using var balancer = await OperationsHarness.StartAsync([worker]);
        await balancer.WaitForServingAsync(worker);

        var answer = await balancer.GetAsync($"/workers/{WorkerId.Of(worker.Url)}/logs");

        answer.Status.ShouldBe(200, answer.Text);
        answer.Header("Cache-Control").ShouldBe("no-store");
        answer.Json.GetProperty("logs").EnumerateArray().Select(static line => line.GetString()!)
            .ShouldBe(worker.Logs);
        var base64 = Uri.EscapeDataString(Convert.ToBase64String(Encoding.UTF8.GetBytes(worker.Url)));
        (await balancer.GetAsync($"/dashboard/api/workers/{base64}/logs")).Text.ShouldBe(answer.Text);
    }

    [Fact]
    public async Task GetLogs_LinesThatAreNoText_AreShownAsJson()
    {
        await using var site = await RawSite.StartAsync("""{"logs":["a",1,null,{"b":[2]},true]}""");
        await using var balancer = await OperationsHarness.StartAsync();
        balancer.List.Write(site.Url);
        await balancer.WaitForAsync(site.Url, static _ => true);

        var answer = await balancer.GetAsync($"/workers/{WorkerId.Of(site.Url)}/logs");

        answer.Text.ShouldBe("""{"logs":["a","1","null","{\"b\":[2]}","true"]}""");
    }

    [Theory]
    [InlineData("200 OK", "no json", 502)]
    [InlineData("200 OK", """{"logs":"x"}""", 502)]
    [InlineData("200 OK", "[]", 502)]
    [InlineData("500 Bad", "{}", 502)]
    [InlineData("302 Found", "{}", 502)]
    public async Task GetLogs_WorkerThatAnswersBadly_IsAFailure(string status, string body, int expected)
    {
        await using var elsewhere = await OperationsHarness.WorkerAsync();
        await using var site = await RawSite.StartAsync(body, status, $"location: {elsewhere.Url}/logs\r\n");
        await using var balancer = await OperationsHarness.StartAsync();
        balancer.List.Write(site.Url);
        await balancer.WaitForAsync(site.Url, static _ => true);

        var answer = await balancer.GetAsync($"/workers/{WorkerId.Of(site.Url)}/logs");

        answer.Status.ShouldBe(expected, answer.Text);
        answer.Code.ShouldBe("worker_failed");
        answer.Error.ShouldNotBeNullOrEmpty();
        elsewhere.ConnectionCount.ShouldBe(0);
    }

    [Fact]
    public async Task GetLogs_OfMoreThanTheMost_AreTheLastOnes()
    {
        await using var worker = await OperationsHarness.WorkerAsync();
        worker.Logs = [.. Enumerable.Range(0, 10_005).Select(static number => $"line {number}")];
        await using var balancer = await OperationsHarness.StartAsync([worker]);
        await balancer.WaitForServingAsync(worker);

        var logs = (await balancer.GetAsync($"/workers/{WorkerId.Of(worker.Url)}/logs")).Json.GetProperty("logs");

        logs.GetArrayLength().ShouldBe(10_000);
        logs[0].GetString().ShouldBe("line 5");
        worker.Logs = [new string('x', 5 * 1024 * 1024)];
        (await balancer.GetAsync($"/workers/{WorkerId.Of(worker.Url)}/logs")).Code.ShouldBe("worker_failed");
    }

    [Fact]
    public async Task GetLogs_WorkerThatIsNotKnown_IsNeverCalled()
    {
        await using var worker = await OperationsHarness.WorkerAsync();
        await using var balancer = await OperationsHarness.StartAsync();
        var id = WorkerId.Of(worker.Url);
        foreach (var (method, path) in new[]
        {
            ("GET", $"/workers/{id}/logs"), ("POST", $"/workers/{id}/on"), ("POST", $"/workers/{id}/off"),
            ("POST", $"/workers/{id}/drain"), ("GET", $"/dashboard/api/workers/{id}/logs"),
        })
        {
            var answer = await balancer.SendAsync(method, path, null, ("x-wr-auth", EdgeHarness.WorkerKey));
            answer.Status.ShouldBe(404, path);
            answer.Code.ShouldBe("worker_unknown");
        }

        worker.ConnectionCount.ShouldBe(0);
    }

    [Fact]
    public async Task PostOffAndOn_WithTheKeyOfTheFile_ShowTheNewStateAtOnce()
    {
        await using var worker = await OperationsHarness.WorkerAsync();
        await using var balancer = await OperationsHarness.StartAsync([worker]);
        await balancer.WaitForServingAsync(worker);
        var path = $"/workers/{WorkerId.Of(worker.Url)}";

        var off = await balancer.SendAsync("POST", path + "/off");
        off.Status.ShouldBe(200, off.Text);
        off.Json.GetProperty("status").GetString().ShouldBe("maintenance");
        off.Json.GetProperty("serving").GetBoolean().ShouldBeFalse();
        (await balancer.GetAsync(path)).Json.GetProperty("status").GetString().ShouldBe("maintenance");

        var on = await balancer.SendAsync("POST", path + "/on");
        on.Json.GetProperty("status").GetString().ShouldBe("ready");
        (await balancer.GetAsync(path)).Json.GetProperty("serving").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task PostOff_WithoutAKeyInTheFile_NeedsOneInTheRequest()
    {
        await using var worker = await OperationsHarness.WorkerAsync();
        await using var balancer = await OperationsHarness.StartAsync();
        balancer.List.Write(worker.Url);
        await balancer.WaitForServingAsync(worker);
        var path = $"/workers/{WorkerId.Of(worker.Url)}/off";

        var missing = await balancer.SendAsync("POST", path);
        missing.Status.ShouldBe(409);
        missing.Code.ShouldBe("worker_key_missing");
        missing.Error.ShouldContain("x-wr-auth");
        var wrong = await balancer.SendAsync("POST", path, null, ("x-wr-auth", "wrong"));
        wrong.Status.ShouldBe(502);
        wrong.Code.ShouldBe("worker_failed");
        wrong.Error.ShouldContain("key");
        var right = await balancer.SendAsync("POST", path, null, ("x-wr-auth", EdgeHarness.WorkerKey));
        right.Json.GetProperty("status").GetString().ShouldBe("maintenance");
        right.Json.GetProperty("hasKey").GetBoolean().ShouldBeFalse();
        Encoding.UTF8.GetString(balancer.Log.ToArray()).ShouldNotContain(EdgeHarness.WorkerKey);
    }

    [Fact]
    public async Task PostOff_WorkerThatIsDown_IsAFailure()
    {
        await using var worker = await OperationsHarness.WorkerAsync();
        await using var balancer = await OperationsHarness.StartAsync([worker]);
        await balancer.WaitForServingAsync(worker);
        await worker.GoDownAsync();

        var answer = await balancer.SendAsync("POST", $"/workers/{WorkerId.Of(worker.Url)}/off");

        answer.Status.ShouldBe(502);
        answer.Code.ShouldBe("worker_failed");
    }

    [Fact]
    public async Task PostDrain_WhileATaskRuns_LetsItEndAndGivesNoOther()
    {
        await using var worker = await OperationsHarness.WorkerAsync();
        await using var other = await OperationsHarness.WorkerAsync();
        other.Health = other.Health with { Status = "maintenance" };
        await using var balancer = await OperationsHarness.StartAsync([worker, other]);
        await balancer.WaitForServingAsync(worker);
        worker.Answer = FakeAnswers.Held;
        var running = balancer.SendAsync("POST", "/task", HelloTask);
        var call = await worker.WaitForCallAsync();
        var drained = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var subscription = balancer.Host.Engine.Events.Subscribe<WorkerDrained>(
            told => drained.TrySetResult(told.Url));
        var path = $"/workers/{WorkerId.Of(worker.Url)}";

        var answer = await balancer.SendAsync("POST", path + "/drain");

        answer.Status.ShouldBe(200, answer.Text);
        answer.Json.GetProperty("draining").GetBoolean().ShouldBeTrue();
        answer.Json.GetProperty("serving").GetBoolean().ShouldBeFalse();
        answer.Json.GetProperty("status").GetString().ShouldBe("ready");
        answer.Json.GetProperty("slots").GetProperty("used").GetInt32().ShouldBe(1);
        drained.Task.IsCompleted.ShouldBeFalse();

        other.Health = other.Health with { Status = "ready" };
        await balancer.WaitForServingAsync(other);
        (await balancer.SendAsync("POST", "/task", HelloTask)).Status.ShouldBe(200);
        other.Calls.Count.ShouldBe(1);
        worker.Calls.Count.ShouldBe(1);

        call.Release();
        (await running).Status.ShouldBe(200);
        (await drained.Task.WaitAsync(TimeSpan.FromSeconds(30))).ShouldBe(worker.Url);

        var on = await balancer.SendAsync("POST", path + "/on");
        on.Json.GetProperty("draining").GetBoolean().ShouldBeFalse();
        on.Json.GetProperty("serving").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task PostOn_DrainedWorkerWhoseKeyIsNotKnown_LiftsTheDrain()
    {
        await using var worker = await OperationsHarness.WorkerAsync();
        await using var balancer = await OperationsHarness.StartAsync();
        balancer.List.Write(worker.Url);
        await balancer.WaitForServingAsync(worker);
        var path = $"/workers/{WorkerId.Of(worker.Url)}";
        (await balancer.SendAsync("POST", path + "/drain")).Json.GetProperty("serving").GetBoolean().ShouldBeFalse();

        var on = await balancer.SendAsync("POST", path + "/on");

        on.Status.ShouldBe(200, on.Text);
        on.Json.GetProperty("draining").GetBoolean().ShouldBeFalse();
        on.Json.GetProperty("serving").GetBoolean().ShouldBeTrue();
        (await balancer.SendAsync("POST", path + "/on")).Code.ShouldBe("worker_key_missing");
    }

    [Fact]
    public async Task PostProxyOrders_OfABackend_AreCarriedOut()
    {
        await using var site = await OperationsHarness.WorkerAsync();
        var port = FreePort.Next();
        await using var balancer = await OperationsHarness.StartAsync(hocon: $$"""
            actorbalancer.proxy.pools.site {
              listen { port = {{port}}, address = "127.0.0.1" }
              backends = [
                { id = "a/b", url = "{{site.Url}}", health { algorithm = http } }
                { id = "7", url = "{{site.Url}}", health { algorithm = http } }
              ]
            }
            """);

        var drain = await balancer.SendAsync("POST", "/proxy/site/backends/a%2Fb/drain");
        drain.Status.ShouldBe(200, drain.Text);
        drain.Json.GetProperty("id").GetString().ShouldBe("a/b");
        drain.Json.GetProperty("state").GetString().ShouldBe("drain");
        drain.Json.GetProperty("share").GetDouble().ShouldBe(0);
        (await balancer.SendAsync("POST", "/proxy/site/backends/7/down")).Json.GetProperty("state").GetString()
            .ShouldBe("down");
        (await balancer.SendAsync("POST", "/proxy/site/backends/7/up")).Json.GetProperty("state").GetString()
            .ShouldBe("active");
        using var client = new HttpClient();
        for (var i = 0; i < 3; i++)
        {
            using var seen = await client.GetAsync(new Uri($"http://127.0.0.1:{port}/none"));
            ((int)seen.StatusCode).ShouldBe(404);
        }


        var pool = (await balancer.GetAsync("/proxy")).Json.GetProperty("pools").EnumerateArray()
            .ShouldHaveSingleItem();
        pool.EnumerateObject().Select(static member => member.Name)
            .ShouldBe(["pool", "strategy", "waiting", "timestamp", "backends"]);
        var shares = pool.GetProperty("backends").EnumerateArray().ToDictionary(
            static backend => backend.GetProperty("id").ToString(),
            static backend => backend.GetProperty("share").GetDouble());
        shares.ShouldBe(new Dictionary<string, double> { ["a/b"] = 0, ["7"] = 1 }, ignoreOrder: true);
    }

    [Theory]
    [InlineData("/proxy/none/backends/1/up", "pool_unknown")]
    [InlineData("/proxy/none/backends/1/sideways", "not_found")]
    public async Task PostProxyOrders_OfNobody_AreClearErrors(string path, string code)
    {
        await using var balancer = await OperationsHarness.StartAsync();

        var answer = await balancer.SendAsync("POST", path);

        answer.Status.ShouldBe(404);
        answer.Code.ShouldBe(code);
    }

    [Fact]
    public void BackendShares_OverTime_AreOfTheLastMinute()
    {
        var time = new Testing.ManualTimeProvider();
        var shares = new BackendShares(time);
        shares.Read(Status(30, 10)).ShouldBe([0.75, 0.25]);
        time.Advance(TimeSpan.FromSeconds(30));
        shares.Read(Status(30, 10)).ShouldBe([0, 0]);
        shares.Read(Status(40, 40)).ShouldBe([0.25, 0.75]);
        time.Advance(TimeSpan.FromSeconds(31));
        shares.Read(Status(40, 50)).ShouldBe([0.2, 0.8]);
        time.Advance(TimeSpan.FromSeconds(30));

        // Of the look 61 s ago only: the one at the beginning is too old.
        shares.Read(Status(60, 50)).ShouldBe([30.0 / 70, 40.0 / 70]);
        shares.Read(Status(1, 51)).ShouldBe([1.0 / 42, 41.0 / 42]);
    }

    private static PoolStatus Status(params long[] requests) => new(
        DateTimeOffset.UnixEpoch, "p", "round-robin", 0,
        [
            .. requests.Select(static (count, index) => new BackendStatus
            {
                Options = new() { Id = $"{index}", Url = new Uri("http://h") },
                State = BackendState.Active,
                IsHealthy = true,
                Requests = count,
            }),
        ]);
}
