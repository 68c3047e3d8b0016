using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Testing.Workers;

namespace ActorBalancer.EndToEnd.Balancer;

/// <summary>The balancer as a user runs it: a process with its environment, in a folder of its own.</summary>
internal sealed class BalancerProcess : IAsyncDisposable
{
    public const string Key = "balancer-key";
    public const string WorkerKey = "worker-key";

    private static readonly string Assembly = typeof(BalancerHost).Assembly.Location;

    private readonly HttpClient _http;

    private BalancerProcess(ChildProcess process, int port)
    {
        Process = process;
        _http = new HttpClient
        {
            BaseAddress = new Uri($"http://127.0.0.1:{port}"),
            Timeout = TimeSpan.FromMinutes(5),
        };
    }

    public ChildProcess Process { get; }

    public Uri Url => _http.BaseAddress!;

    /// <summary>Starts a balancer and waits until it listens.</summary>
    public static async Task<BalancerProcess> StartAsync(
        TemporaryFolder folder, IEnumerable<string> workers, params (string Name, string Value)[] settings)
    {
        await File.WriteAllTextAsync(folder.Combine("workers.json"), JsonSerializer.Serialize(workers));
        var port = FreePort.Next();
        var process = Launch(folder, [], [("PORT", $"{port}"), ("LB_AUTH_KEY", Key), .. settings]);
        await process.WaitForLineAsync("Listening on");
        return new BalancerProcess(process, port);
    }

    /// <summary>Speaks to a balancer that was launched, and ends it.</summary>
    /// <param name="process">The balancer.</param>
    /// <param name="port">Where it listens, or nobody does.</param>
    public static BalancerProcess Attach(ChildProcess process, int port) => new(process, port);

    /// <summary>Starts a balancer without waiting for anything.</summary>
    public static ChildProcess Launch(
        TemporaryFolder folder, IEnumerable<string> arguments, IEnumerable<(string Name, string Value)> settings)
        => new(Assembly, folder.Path, arguments, [("BIND_ADDRESS", "127.0.0.1"), .. settings]);

    /// <summary>Waits until some worker of the group takes tasks.</summary>
    public async Task WaitForWorkersAsync(int count)
    {
        for (var seen = 0; seen < count;)
        {
            await Process.WaitForLineAsync("session open");
            using var answer = await SendAsync(HttpMethod.Get, "/health", Key);
            using var health = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
            seen = health.RootElement.GetProperty("workers").EnumerateArray()
                .Count(worker => worker.GetProperty("status").ValueEquals("ready"));
        }
    }

    public Task<HttpResponseMessage> PostTaskAsync(
        string input, string function = "hello", string? authorization = Key, string group = "hello")
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/task")
        {
            Content = new StringContent(
                $$"""{"group":"{{group}}","function":"{{function}}","contract":1,"input":{{input}}}""",
                Encoding.UTF8,
                new MediaTypeHeaderValue("application/json")),
        };
        if (authorization is not null)
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        request.Headers.TryAddWithoutValidation("x-wr-auth", WorkerKey);
        return _http.SendAsync(request);
    }

    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? authorization)
    {
        var request = new HttpRequestMessage(method, path);
        if (authorization is not null)
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        return _http.SendAsync(request);
    }

    /// <summary>Calls the balancer with both keys and reads the whole answer.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">Path and query.</param>
    /// <param name="body">JSON, or lines of it for <c>/tasks</c>; null for none.</param>
    /// <param name="headers">More headers.</param>
    public async Task<Answer> CallAsync(
        HttpMethod method, string path, string? body = null, params (string Name, string Value)[] headers)
    {
        using var answer = await OpenAsync(method, path, body, headers);
        return new Answer((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer.Headers);
    }

    /// <summary>The same, but returns with the answer's head.</summary>
    public async Task<HttpResponseMessage> OpenAsync(
        HttpMethod method, string path, string? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            var type = path == "/tasks" ? "application/x-ndjson" : "application/json";
            request.Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue(type));
        }

        request.Headers.TryAddWithoutValidation("Authorization", Key);
        request.Headers.TryAddWithoutValidation("x-wr-auth", WorkerKey);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>Ends the process with -9, and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        Process.Signal("KILL");
        await Process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        _http.Dispose();
    }
}
