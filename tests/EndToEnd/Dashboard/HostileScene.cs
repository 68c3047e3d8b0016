using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ActorBalancer.EndToEnd.Cluster;
using ActorBalancer.Protocol;
using ActorBalancer.Testing.Workers;
using Xunit;

namespace ActorBalancer.EndToEnd.Dashboard;

/// <summary>A balancer whose workers and tasks carry hostile texts wherever they can carry one.</summary>
public sealed class HostileScene : IAsyncLifetime
{
    /// <summary>Name of the group that all of it is in.</summary>
    public const string Group = "<img class=hostile src=x onerror=alert(1)>\"'`{{7*7}}";

    /// <summary>Function that ends as the task's input says.</summary>
    public const string Function = "<svg/class=hostile/onload=alert(1)>";

    private readonly List<FakeWorker> _workers = [];

    /// <summary>The balancer.</summary>
    internal DashboardScene Scene { get; private set; } = null!;

    /// <summary>Ids of the workers, the valid one first.</summary>
    internal IReadOnlyList<string> WorkerIds { get; private set; } = [];

    /// <summary>Ids of tasks whose tags, results and errors are all of the texts.</summary>
    internal IReadOnlyList<string> TaskIds { get; private set; } = [];

    /// <summary>The texts in pieces of as many as a task has tags.</summary>
    internal static IReadOnlyList<string[]> Pieces { get; } = [.. HostileTexts.All.Chunk(32)];

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        var valid = await StartWorkerAsync(HostileTexts.All);
        var other = await StartWorkerAsync(HostileTexts.All.Reverse().Skip(3));
        await other.GoDownAsync();
        Scene = await DashboardScene.StartAsync(
            [valid, other], validCount: 1, ("TASK_ATTEMPTS", "1"), ("LOG_LEVEL", "trace"));

        // Of two that differ, the one that came first is right.
        other.ComeBack();
        await WaitForBothAsync();
        TaskIds = await SubmitAsync(valid);
        WorkerIds = [.. new[] { valid, other }.Select(worker =>
            Base64Url.EncodeToString(Encoding.UTF8.GetBytes(worker.Url)))];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Scene is not null)
            await Scene.DisposeAsync();
        foreach (var worker in _workers)
            await worker.DisposeAsync();
    }

    private async Task<FakeWorker> StartWorkerAsync(IEnumerable<string> texts)
    {
        var names = texts.Distinct(StringComparer.Ordinal).ToArray();
        var worker = await FakeWorker.StartAsync(
            new FakeWorkerOptions { Group = Group, Functions = [Function, .. names] });
        var parameters = new JsonObject();
        foreach (var name in names.Take(40))
        {
            parameters[name] = new JsonObject
            {
                ["type"] = "string",
                ["required"] = false,
                ["default"] = name,
                ["description"] = name,
                ["pattern"] = name,
                ["enum"] = new JsonArray(name, name + "2"),
            };
        }

        var schema = JsonSerializer.SerializeToElement(parameters);
        worker.Health = worker.Health with
        {
            Functions = [.. worker.Health.Functions!.Select((function, index) =>
                index == 0 ? function with { Params = schema } : function)],
            Tags = JsonSerializer.SerializeToElement(names.Select(name => new { name, value = name })),
            Services = [.. names.Select(name => new WorkerService(name, "up"))],
        };
        worker.Logs = [.. names];
        _workers.Add(worker);
        return worker;
    }

    // The second is not valid, and known to be so.
    private async Task WaitForBothAsync() => await Eventually.IsTrueAsync(
        async () => (await Scene.Balancer.CallAsync(HttpMethod.Get, "/health")).Json
            .GetProperty("invalidWorkers").GetArrayLength() == 1,
        "the worker with other functions to be invalid");

    // Each piece once as the tags, the result and the input of a task that succeeds, and once of one that fails.
    private async Task<IReadOnlyList<string>> SubmitAsync(FakeWorker worker)
    {
        var ids = new List<string>();
        foreach (var piece in Pieces)
        {
            var texts = JsonSerializer.Serialize(piece);
            worker.AnswerNext(
                FakeAnswers.Json($$"""{"success":true,"result":{{texts}}}"""),
                FakeAnswers.Status(
                    500, JsonSerializer.Serialize(new { success = false, error = string.Join(" ", piece) })));
            foreach (var state in new[] { "succeeded", "dead" })
            {
                var body = JsonSerializer.Serialize(new
                {
                    group = Group,
                    function = Function,
                    contract = 1,
                    mode = "async",
                    input = new { texts = piece },
                    tags = piece.Where(static text => !text.Any(char.IsControl)),
                });
                var answer = await Scene.Balancer.CallAsync(HttpMethod.Post, "/task", body, ("Prefer", "wait=30"));
                if (answer.Status != 200 || answer["state"] != state)
                    throw new InvalidOperationException($"The task did not end as {state}: {answer.Status} {answer.Text}");
                ids.Add(answer["taskId"]!);
            }
        }

        return ids;
    }
}
