using System.Text.Json;
using ActorBalancer.EndToEnd.Balancer;
using ActorBalancer.EndToEnd.HelloWorker;
using ActorBalancer.EndToEnd.Tasks;
using ActorBalancer.Testing.Workers;
using Shouldly;

namespace ActorBalancer.EndToEnd.Cluster;

/// <summary>What the tests of the cluster say and read again and again.</summary>
internal static class ClusterCalls
{
    /// <summary>An async task whose input names it.</summary>
    public static Task<string> SubmitNamedAsync(
        this BalancerProcess api, string name, string more = "", params (string Name, string Value)[] headers) =>
        api.SubmitAsync(more, "hello", Named(name), headers);

    /// <summary>An input that names its task.</summary>
    public static string Named(string name) => $$"""{"name":"{{name}}"}""";

    /// <summary>The name in the input of a call.</summary>
    public static string Name(this FakeWorkerCall call) =>
        call.Json().GetProperty("input").GetProperty("name").GetString()!;

    /// <summary>The node that made a call.</summary>
    public static string Node(this FakeWorkerCall call) => call.Header("x-lb-node")!;

    /// <summary>Names of all calls of a worker, in their order.</summary>
    public static string[] Names(this FakeWorker worker) => [.. worker.Calls.Select(Name)];

    /// <summary>A call that is held, by its name.</summary>
    public static async Task<FakeWorkerCall> WaitForNamedAsync(this FakeWorker worker, string name, int count = 1)
    {
        FakeWorkerCall? found = null;
        await Eventually.IsTrueAsync(
            () => (found = worker.Calls.Where(call => call.Name() == name).ElementAtOrDefault(count - 1)) is not null,
            $"call {count} of {name}", () => string.Join(' ', worker.Names()));
        return found!;
    }

    /// <summary>How many tasks a worker has begun.</summary>
    public static int Starts(this HelloWorkerProcess worker) => File.Exists(worker.LogPath)
        ? worker.ReadLog().Count(static line => line.GetProperty("event").ValueEquals("started"))
        : 0;

    /// <summary>The first of these workers that has begun a task.</summary>
    public static async Task<HelloWorkerProcess> WaitForRunAsync(this IReadOnlyCollection<HelloWorkerProcess> workers)
    {
        await Eventually.IsTrueAsync(() => workers.Any(static worker => worker.Starts() > 0), "a task to run");
        return workers.First(static worker => worker.Starts() > 0);
    }

    /// <summary>Waits until all those tasks have succeeded.</summary>
    public static async Task AllSucceedAsync(this BalancerProcess api, IEnumerable<string> ids)
    {
        foreach (var id in ids)
            await api.EndOfAsync(id, "succeeded");
    }

    /// <summary>Attempts of a task as it is shown.</summary>
    public static JsonElement[] Attempts(this JsonElement task) =>
        [.. task.GetProperty("attempts").EnumerateArray()];

    /// <summary>Holds calls whose task has that name, and answers all others.</summary>
    public static FakeAnswer HoldOnly(string name) =>
        call => call.Name() == name ? FakeAnswers.Held(call) : FakeAnswers.Ok(call);

    /// <summary>Waits until the delivery of a task is in that state.</summary>
    public static async Task<JsonElement> WaitForDeliveryAsync(this BalancerProcess api, string id, string state)
    {
        JsonElement task = default;
        await Eventually.IsTrueAsync(
            async () =>
            {
                task = await api.LookAsync(id);
                return task.TryGetProperty("webhook", out var webhook) && webhook.ValueKind == JsonValueKind.Object
                    && webhook.GetProperty("state").ValueEquals(state);
            },
            $"the delivery of {id} to be {state}", () => task.GetRawText());
        return task;
    }

    /// <summary>Sends a task whose result goes to that receiver.</summary>
    public static async Task<string> SubmitWebhookAsync(this BalancerProcess api, FakeWorker receiver, string name)
    {
        var answer = await api.PostAsync(TaskCalls.Body(
            $$"""
            "mode":"webhook","webhook":{"url":"{{receiver.Url}}/task"}
            """, input: Named(name)));
        answer.Status.ShouldBe(200, answer.Text);
        return answer["taskId"]!;
    }
}
