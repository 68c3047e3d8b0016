using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using ActorBalancer.HelloWorker;
using ActorBalancer.Protocol;
using Xunit;

namespace ActorBalancer.EndToEnd.HelloWorker;

/// <summary>A worker on free ports and the calls that a balancer makes of it.</summary>
internal sealed class HelloWorkerClient : IAsyncDisposable
{
    public const string AuthKey = "worker-key";
    public const string LbAuthKey = "balancer-key";

    /// <summary>Keeps a test from hanging; far above anything seen.</summary>
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http = new();

    private HelloWorkerClient(HelloWorkerHost host) => Host = host;

    public HelloWorkerHost Host { get; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static HelloWorkerOptions Options { get; } =
        new() { AuthKey = AuthKey, LbAuthKey = LbAuthKey, Port = 0, WebSocketPort = 0 };

    public static async Task<HelloWorkerClient> StartAsync(HelloWorkerOptions? options = null) =>
        new(await HelloWorkerHost.StartAsync(options ?? Options, Cancel));

    /// <summary>Status and body of a task.</summary>
    public Task<(int Status, string Body)> RunAsync(string function, string input, string? taskId = null) =>
        SendAsync("/task", $$"""{"group":"hello","function":"{{function}}","contract":1,"input":{{input}}}""",
            AuthKey, taskId, Cancel);

    public Task<(int Status, string Body)> PostAsync(string path, string body, string? key) =>
        SendAsync(path, body, key, null, Cancel);

    /// <summary>A task whose caller leaves when the token says so.</summary>
    public Task<(int Status, string Body)> RunUntilAsync(string body, CancellationToken giveUp) =>
        SendAsync("/task", body, AuthKey, null, giveUp);

    public async Task<(int Status, string Body)> GetAsync(string path, string? key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Host.Url + path);
        if (key is not null)
            request.Headers.Add("x-lb-auth", key);
        using var answer = await _http.SendAsync(request, Cancel);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancel));
    }

    public async Task<WorkerHealth> HealthAsync()
    {
        var (_, body) = await GetAsync("/health", LbAuthKey);
        return JsonSerializer.Deserialize(body, ProtocolJson.Default.WorkerHealth)!;
    }

    public async Task<ClientWebSocket> ConnectAsync(string? key = LbAuthKey)
    {
        var socket = new ClientWebSocket();
        if (key is not null)
            socket.Options.AddSubProtocol(key);
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{Host.WebSocketPort}/"), Cancel);
        return socket;
    }

    /// <summary>The next frame; null when the worker closed.</summary>
    public static async Task<WorkerStatusFrame?> ReceiveAsync(ClientWebSocket socket)
    {
        var buffer = new byte[64 * 1024];
        var receiving = socket.ReceiveAsync(buffer.AsMemory(), Cancel).AsTask();
        var result = await receiving.WaitAsync(WaitMax, Cancel);
        return result.MessageType == WebSocketMessageType.Close
            ? null
            : JsonSerializer.Deserialize(buffer.AsSpan(0, result.Count), ProtocolJson.Default.WorkerStatusFrame);
    }

    /// <summary>Reads frames until one is as asked.</summary>
    public static async Task<WorkerStatusFrame> ReceiveAsync(ClientWebSocket socket, Predicate<WorkerStatusFrame> until)
    {
        while (true)
        {
            var frame = await ReceiveAsync(socket) ?? throw new InvalidOperationException("The worker closed.");
            if (until(frame))
                return frame;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await Host.DisposeAsync();
    }

    private async Task<(int Status, string Body)> SendAsync(
        string path, string body, string? key, string? taskId, CancellationToken giveUp)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Host.Url + path);
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        if (key is not null)
            request.Headers.TryAddWithoutValidation("authorization", key);
        if (taskId is not null)
            request.Headers.Add("x-task-id", taskId);
        using var answer = await _http.SendAsync(request, giveUp);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancel));
    }
}
