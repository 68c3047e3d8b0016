using System.Text.Json;
using ActorBalancer.EndToEnd.Balancer;
using Shouldly;

namespace ActorBalancer.EndToEnd.Tasks;

/// <summary>What clients do with tasks.</summary>
internal static class TaskCalls
{
    /// <summary>The JSON of a task.</summary>
    /// <param name="more">Members beside those of every task, such as <c>"ttl":5</c>; empty for none.</param>
    /// <param name="function">The function.</param>
    /// <param name="input">Its input.</param>
    /// <param name="group">The group.</param>
    public static string Body(
        string more = "", string function = "hello", string input = "{}", string group = "hello")
    {
        var rest = more.Length > 0 ? "," + more : "";
        return $$"""{"group":"{{group}}","function":"{{function}}","contract":1,"input":{{input}}{{rest}}}""";
    }

    public static Task<Answer> PostAsync(
        this BalancerProcess balancer, string body, params (string Name, string Value)[] headers) =>
        balancer.CallAsync(HttpMethod.Post, "/task", body, headers);

    /// <summary>Sends an async task and gives its id.</summary>
    public static async Task<string> SubmitAsync(
        this BalancerProcess balancer, string more = "", string function = "hello", string input = "{}",
        params (string Name, string Value)[] headers)
    {
        var mode = more.Length > 0 ? "\"mode\":\"async\"," : "\"mode\":\"async\"";
        var answer = await balancer.PostAsync(Body(mode + more, function, input), headers);
        answer.Status.ShouldBe(202, answer.Text);
        return answer["taskId"]!;
    }

    /// <summary>Sends many tasks, one a line, and gives the answer's lines.</summary>
    public static async Task<JsonElement[]> SubmitManyAsync(this BalancerProcess balancer, IEnumerable<string> bodies)
    {
        var answer = await balancer.CallAsync(HttpMethod.Post, "/tasks", string.Join('\n', bodies));
        answer.Status.ShouldBe(200, answer.Text);
        var lines = answer.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return [.. lines.Select(static line => JsonElement.Parse(line))];
    }

    public static Task<Answer> GetAsync(this BalancerProcess balancer, string path) =>
        balancer.CallAsync(HttpMethod.Get, path);

    public static Task<Answer> OrderAsync(this BalancerProcess balancer, string path) =>
        balancer.CallAsync(HttpMethod.Post, path);

    public static Task<Answer> DeleteAsync(this BalancerProcess balancer, string path) =>
        balancer.CallAsync(HttpMethod.Delete, path);

    /// <summary>The task as it stands now.</summary>
    public static async Task<JsonElement> LookAsync(this BalancerProcess balancer, string id)
    {
        var answer = await balancer.GetAsync($"/task/{id}");
        answer.Status.ShouldBe(200, answer.Text);
        return answer.Json;
    }

    /// <summary>The task when it has ended.</summary>
    /// <param name="balancer">The balancer.</param>
    /// <param name="id">The task.</param>
    /// <param name="state">How it must have ended.</param>
    public static async Task<JsonElement> EndOfAsync(this BalancerProcess balancer, string id, string state)
    {
        var answer = await balancer.GetAsync($"/task/{id}?wait=60s");
        answer.Status.ShouldBe(200, answer.Text);
        answer["state"].ShouldBe(state, answer.Text);
        return answer.Json;
    }

    /// <summary>Stops the queue of the tests from handing out tasks.</summary>
    public static async Task PauseAsync(this BalancerProcess balancer, string query = "") =>
        (await balancer.OrderAsync("/queues/hello/1/pause" + query)).Status.ShouldBe(200);

    public static async Task ResumeAsync(this BalancerProcess balancer) =>
        (await balancer.OrderAsync("/queues/hello/1/resume")).Status.ShouldBe(200);

    /// <summary>The queue of the tests, as <c>GET /queues</c> shows it.</summary>
    public static async Task<JsonElement> QueueAsync(this BalancerProcess balancer) =>
        (await balancer.GetAsync("/queues")).Json.GetProperty("queues").EnumerateArray().Single();

    /// <summary>Ids of all tasks of a list, newest first, page by page.</summary>
    public static async Task<List<string>> ListAsync(this BalancerProcess balancer, string query)
    {
        var ids = new List<string>();
        for (var path = "/tasks?" + query; path.Length > 0;)
        {
            var page = (await balancer.GetAsync(path)).Json;
            ids.AddRange(page.GetProperty("tasks").EnumerateArray().Select(static task => task.Text("taskId")!));
            path = page.Text("cursor") is { } cursor ? $"/tasks?{query}&cursor={cursor}" : "";
        }

        return ids;
    }

    /// <summary>A member that is a string or null.</summary>
    public static string? Text(this JsonElement json, string member) => json.GetProperty(member).GetString();

    /// <summary>A member that is a moment.</summary>
    public static DateTimeOffset Time(this JsonElement json, string member) =>
        json.GetProperty(member).GetDateTimeOffset();
}
