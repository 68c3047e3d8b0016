using System.Text;
using System.Text.Json;
using ActorBalancer.Api.Tests.Hosting;
using ActorBalancer.Api.Tests.Operations;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.OpenApi;

/// <summary>The description against what a balancer really takes and answers.</summary>
public sealed class LiveDescriptionTests : IAsyncLifetime
{
    private FakeWorker _worker = null!;
    private OperationsHarness _balancer = null!;

    public async ValueTask InitializeAsync()
    {
        _worker = await OperationsHarness.WorkerAsync();
        _balancer = await OperationsHarness.StartAsync(
            [_worker],
            """
            actorbalancer.proxy.pools.web {
              listen { port = 0, address = "127.0.0.1" }
              backends = [{ id = "7", url = "http://127.0.0.1:9" }]
            }
            """,
            ("WEBHOOK_ALLOW_PRIVATE", "true"));
        await _balancer.WaitForServingAsync(_worker);
    }

    public async ValueTask DisposeAsync()
    {
        await _balancer.DisposeAsync();
        await _worker.DisposeAsync();
    }

    [Fact]
    public async Task Requests_ExamplesOfTasks_AreTaken()
    {
        var examples = Described.ExamplesOf(Described.Operation("POST", "/task").GetProperty("requestBody"));
        foreach (var (_, _, body) in examples)
        {
            // A test calls nobody outside.
            var sent = body.GetRawText().Replace("https://example.com", "http://127.0.0.1:9", StringComparison.Ordinal);
            var answer = await _balancer.SendAsync("POST", "/task", sent);

            answer.Status.ShouldBeOneOf([200, 202], $"{body}: {answer.Text}");
            Check("POST", "/task", answer);
        }
    }

    [Fact]
    public async Task Requests_ExamplesOfManyTasks_AreTaken()
    {
        var examples = Described.ExamplesOf(Described.Operation("POST", "/tasks").GetProperty("requestBody"));
        foreach (var (type, _, body) in examples)
        {
            using var client = new HttpClient { BaseAddress = new Uri(_balancer.Host.Urls.Single()) };
            using var request = new HttpRequestMessage(HttpMethod.Post, "/tasks");
            request.Headers.TryAddWithoutValidation("Authorization", OperationsHarness.Key);
            request.Content = new StringContent(body.GetString()!, Encoding.UTF8);
            request.Content.Headers.ContentType = new(type);
            using var response = await client.SendAsync(request);

            var lines = (await response.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);

            lines.Length.ShouldBe(2);
            var schema = SchemaOf("POST", "/tasks", 200, type);
            foreach (var line in lines)
            {
                var json = JsonSerializer.Deserialize<JsonElement>(line);
                Described.Schemas.Check(json, schema).ShouldBeEmpty(line);
                json.TryGetProperty("taskId", out _).ShouldBeTrue(line);
            }
        }
    }

    [Theory]
    [InlineData("/tasks")]
    [InlineData("/queues")]
    [InlineData("/workers")]
    [InlineData("/status")]
    [InlineData("/status/history")]
    [InlineData("/alerts")]
    [InlineData("/health")]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/proxy")]
    [InlineData("/nodes")]
    [InlineData("/actors")]
    [InlineData("/logs")]
    [InlineData("/config")]
    [InlineData("/dashboard/session")]
    [InlineData("/dashboard/api/workers")]
    public async Task Answers_OfReading_AreAsDescribed(string path)
    {
        await RunAsync("async");

        Check("GET", path, await _balancer.GetAsync(path));
    }

    [Fact]
    public async Task Answers_AboutATask_AreAsDescribed()
    {
        var id = await RunAsync("async");

        Check("GET", "/task/{id}", await _balancer.GetAsync($"/task/{id}?wait=30s"));
        Check("DELETE", "/task/{id}", await _balancer.SendAsync("DELETE", $"/task/{id}"), 409);
        Check("POST", "/task/{id}/retry", await _balancer.SendAsync("POST", $"/task/{id}/retry"), 409);
        Check("POST", "/task/{id}/webhook/retry", await _balancer.SendAsync("POST", $"/task/{id}/webhook/retry"), 409);
        var later = await RunAsync("async", ",\"delay\":3600000,\"orderingKey\":\"k\"");
        Check("GET", "/task/{id}", await _balancer.GetAsync($"/task/{later}"));
        Check("DELETE", "/task/{id}", await _balancer.SendAsync("DELETE", $"/task/{later}"));
        Check("POST", "/task/{id}/retry", await _balancer.SendAsync("POST", $"/task/{later}/retry"), 202);
        Check("GET", "/task/{id}", await _balancer.GetAsync("/task/none"), 400);
        Check("GET", "/task/{id}", await _balancer.GetAsync($"/task/{Guid.Empty:N}"), 404);
    }

    [Fact]
    public async Task Answers_OfOrders_AreAsDescribed()
    {
        await RunAsync("async");

        Check("POST", "/queues/{group}/{contract}/pause", await _balancer.SendAsync("POST", "/queues/hello/1/pause?for=10m"));
        Check("POST", "/queues/{group}/{contract}/resume", await _balancer.SendAsync("POST", "/queues/hello/1/resume"));
        Check("POST", "/queues/{group}/{contract}/resume", await _balancer.SendAsync("POST", "/queues/none/1/resume"), 404);
        Check("POST", "/tasks/retry", await _balancer.SendAsync("POST", "/tasks/retry?state=dead"));
        Check("DELETE", "/tasks", await _balancer.SendAsync("DELETE", "/tasks?state=dead"));
        Check("DELETE", "/tasks", await _balancer.SendAsync("DELETE", "/tasks"), 400);
        var worker = Uri.EscapeDataString(Convert.ToBase64String(Encoding.UTF8.GetBytes(_worker.Url)));
        Check("GET", "/workers/{id}", await _balancer.GetAsync($"/workers/{worker}"));
        Check("GET", "/workers/{id}", await _balancer.GetAsync("/workers/none"), 404);
        Check("GET", "/actors", await _balancer.GetAsync("/actors?root=/none"), 404);
        Check("GET", "/events", await _balancer.GetAsync("/events?topics=none"), 400);
    }

    [Fact]
    public async Task Answers_OfSteering_AreAsDescribed()
    {
        var worker = Uri.EscapeDataString(Convert.ToBase64String(Encoding.UTF8.GetBytes(_worker.Url)));
        var later = await RunAsync("async", ",\"delay\":3600000");

        Check("GET", "/task/{id}/input", await _balancer.GetAsync($"/task/{later}/input"));
        Check("POST", "/tasks/cancel", await _balancer.SendAsync("POST", "/tasks/cancel?state=scheduled"));
        Check("POST", "/tasks/cancel", await _balancer.SendAsync("POST", "/tasks/cancel?state=dead"), 400);
        Check("GET", "/workers/{id}/logs", await _balancer.GetAsync($"/workers/{worker}/logs"), 200, 502);
        Check("POST", "/workers/{id}/drain", await _balancer.SendAsync("POST", $"/workers/{worker}/drain"));
        Check("POST", "/workers/{id}/on", await _balancer.SendAsync("POST", $"/workers/{worker}/on"));
        Check("POST", "/workers/{id}/off", await _balancer.SendAsync("POST", $"/workers/{worker}/off"));
        foreach (var order in (string[])["drain", "down", "up"])
        {
            Check("POST", $"/proxy/{{pool}}/backends/{{id}}/{order}",
                await _balancer.SendAsync("POST", $"/proxy/web/backends/7/{order}"));
        }

        Check("POST", "/config/check", await _balancer.SendAsync("POST", "/config/check?kind=env", "PORT=4000\n"));
        Check("POST", "/config/check", await _balancer.SendAsync("POST", "/config/check", "PORT=4000\n"), 400);
    }

    [Fact]
    public async Task Answers_OfTheProxy_HaveABackend()
    {
        var answer = await _balancer.GetAsync("/proxy");

        Check("GET", "/proxy", answer);
        answer.Json.GetProperty("pools")[0].GetProperty("backends").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task Answers_Refusals_AreAsDescribed()
    {
        Check("POST", "/task", await _balancer.SendAsync("POST", "/task", "{}"), 400);
        Check("POST", "/task", await _balancer.SendAsync("POST", "/task", "["), 400);
        Check("POST", "/task", await _balancer.SendAsync(
            "POST", "/task", """{"group":"nobody","function":"f","contract":1}"""), 503, 400);
        using var client = new HttpClient { BaseAddress = new Uri(_balancer.Host.Urls.Single()) };
        using var without = await client.GetAsync("/queues");
        Check("GET", "/queues", await EdgeAnswer.OfAsync(without), 401);
    }

    private async Task<string> RunAsync(string mode, string more = "")
    {
        var answer = await _balancer.SendAsync(
            "POST", "/task", $$"""{"group":"hello","function":"hello","contract":1,"mode":"{{mode}}"{{more}}}""");
        var id = answer.Json.GetProperty("taskId").GetString()!;
        if (more.Length == 0)
            (await _balancer.GetAsync($"/task/{id}?wait=30s")).Status.ShouldBe(200);
        return id;
    }

    private static void Check(string method, string path, EdgeAnswer answer, params int[] statuses)
    {
        if (statuses.Length > 0)
            answer.Status.ShouldBeOneOf(statuses, $"{method} {path}: {answer.Text}");
        else
            answer.Status.ShouldBeInRange(200, 299, $"{method} {path}: {answer.Text}");
        var schema = SchemaOf(method, path, answer.Status, "application/json");
        Described.Schemas.Check(answer.Json, schema).ShouldBeEmpty($"{method} {path}: {answer.Text}");
    }

    private static JsonElement SchemaOf(string method, string path, int status, string type) =>
        Described.Operation(method, path).GetProperty("responses").GetProperty($"{status}").GetProperty("content")
            .GetProperty(type).GetProperty("schema");
}
