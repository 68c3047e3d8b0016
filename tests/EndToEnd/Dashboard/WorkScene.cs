using System.Text.Json;
using ActorBalancer.EndToEnd.Balancer;
using ActorBalancer.EndToEnd.Tasks;
using ActorBalancer.Testing.Workers;
using Xunit;

namespace ActorBalancer.EndToEnd.Dashboard;

/// <summary>A balancer whose workers do and say what a test wants, one of them what its contract does not allow: an
/// <c>IClassFixture</c>.</summary>
public sealed class WorkScene : IAsyncLifetime
{
    /// <summary>A text that would run, were it taken for markup.</summary>
    public const string Hostile = "<img src=x onerror=alert(1)>";

    private const string Schema = $$"""
        {
          "name": { "type": "string", "required": true, "pattern": "^[A-Z]", "description": "Who is greeted {{Hostile}}" },
          "times": { "type": "number", "min": 1, "max": 5, "default": 1 },
          "tone": { "type": "string", "enum": ["kind", "{{Hostile}}"], "default": "kind" },
          "loud": { "type": "boolean" },
          "extra": { "type": "object" }
        }
        """;

    /// <summary>The worker that tasks run on.</summary>
    internal FakeWorker Worker { get; private set; } = null!;

    /// <summary>The worker that offers one parameter of another kind and lacks a function.</summary>
    internal FakeWorker Odd { get; private set; } = null!;

    /// <summary>The balancer with its dashboard.</summary>
    internal DashboardScene Scene { get; private set; } = null!;

    /// <summary>The balancer.</summary>
    internal BalancerProcess Balancer => Scene.Balancer;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        Worker = await FakeWorker.StartAsync(new FakeWorkerOptions { AuthKey = BalancerProcess.WorkerKey });
        Worker.Health = Worker.Health with
        {
            Functions = [new("hello", JsonElement.Parse(Schema)), new(Hostile, JsonElement.Parse("{}"))],
            Tags = JsonElement.Parse($$"""[{"name":"region","value":"north"},{"name":"note","value":"{{Hostile}}"}]"""),
            Services = [new(Hostile, "up")],
        };
        Worker.Logs = ["[2026-01-02T03:04:05.678Z] [INFO] Greeted", $"[2026-01-02T03:04:06.678Z] [ERROR] {Hostile}"];
        Odd = await FakeWorker.StartAsync(new FakeWorkerOptions { AuthKey = BalancerProcess.WorkerKey });
        Odd.Health = Odd.Health with
        {
            Functions = [new("hello", JsonElement.Parse(Schema.Replace("5,", "7,", StringComparison.Ordinal)))],
        };
        Scene = await DashboardScene.StartAsync([Worker, Odd], 1, ("RETRY_BACKOFF", "10"));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Scene is not null)
            await Scene.DisposeAsync();
        if (Odd is not null)
            await Odd.DisposeAsync();
        if (Worker is not null)
            await Worker.DisposeAsync();
    }

    /// <summary>Takes in a task of one attempt and of a tag, and gives its id.</summary>
    internal Task<string> SubmitAsync(string tag, string more = "\"attempts\":1", string input = "{\"name\":\"A\"}") =>
        Balancer.SubmitAsync($"\"tags\":[\"{tag}\"],{more}", input: input);

    /// <summary>Takes in a task, and waits until its only attempt has failed.</summary>
    internal async Task<string> SubmitDeadAsync(string tag, string error = "It failed")
    {
        Worker.AnswerNext(FakeAnswers.Status(500, $$"""{"success":false,"error":"{{error}}"}"""));
        var id = await SubmitAsync(tag);
        await Balancer.EndOfAsync(id, "dead");
        return id;
    }

    /// <summary>The call that the worker got for a task; those of others before it are passed over.</summary>
    internal async Task<FakeWorkerCall> CallOfAsync(string id)
    {
        while (true)
        {
            var call = await Worker.WaitForCallAsync();
            if (call.Header("x-task-id") == id)
                return call;
        }
    }

    /// <summary>Pauses the queue until what it gives is disposed, so that a test that fails leaves the others a queue that
    /// goes.</summary>
    internal async Task<IAsyncDisposable> PauseAsync()
    {
        await Balancer.PauseAsync();
        return new Paused(Balancer);
    }

    private sealed class Paused(BalancerProcess balancer) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await balancer.ResumeAsync();
    }
}
