using System.Net;
using System.Text;
using System.Text.Json;

namespace ActorBalancer.Trials.Rigs;

/// <summary>An answer of the balancer.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Body">The text.</param>
/// <param name="RetryAfter">Header <c>Retry-After</c>; null for none.</param>
internal sealed record Answer(int Status, string Body, string? RetryAfter)
{
    /// <summary>True for 2xx.</summary>
    public bool IsGood => Status is >= 200 and < 300;

    /// <summary>The body as JSON; an empty object when it is none.</summary>
    public JsonElement Json
    {
        get
        {
            try
            {
                return JsonElement.Parse(Body);
            }
            catch (JsonException)
            {
                return JsonElement.Parse("{}");
            }
        }
    }

    /// <summary>A member of the body as text; null when there is none.</summary>
    public string? Text(string member)
        => Json.ValueKind == JsonValueKind.Object && Json.TryGetProperty(member, out var value)
            && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}

/// <summary>A task as <c>GET /tasks</c> shows it.</summary>
/// <param name="State">Its state.</param>
/// <param name="Attempts">How many attempts are listed.</param>
/// <param name="Webhook">State of its delivery; null for none.</param>
internal sealed record SeenTask(string State, int Attempts, string? Webhook);

/// <summary>Speaks HTTP to the balancer. Thread-safe.</summary>
internal sealed class BalancerClient : IDisposable
{
    /// <summary>The balancer's key.</summary>
    public const string Key = "balancer-key";

    /// <summary>The workers' key.</summary>
    public const string WorkerKey = "worker-key";

    private static readonly string[] OpenStates = ["scheduled", "queued", "running", "retrying"];

    private readonly HttpClient _http;

    public BalancerClient(int port)
    {
        Port = port;
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = int.MaxValue })
        {
            BaseAddress = new Uri($"http://127.0.0.1:{port}"),
            Timeout = TimeSpan.FromSeconds(60),
        };
    }

    /// <summary>Where the balancer listens.</summary>
    public int Port { get; }

    /// <summary>Sends a request with all keys.</summary>
    public async Task<Answer> SendAsync(
        HttpMethod method, string path, string? body = null, CancellationToken cancellationToken = default,
        params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.TryAddWithoutValidation("authorization", Key);
        request.Headers.TryAddWithoutValidation("x-wr-auth", WorkerKey);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await _http.SendAsync(request, cancellationToken);
        return new Answer(
            (int)response.StatusCode,
            await response.Content.ReadAsStringAsync(cancellationToken),
            response.Headers.TryGetValues("Retry-After", out var values) ? values.First() : null);
    }

    /// <summary>Posts a task.</summary>
    public Task<Answer> PostAsync(string body, params (string Name, string Value)[] headers)
        => SendAsync(HttpMethod.Post, "/task", body, default, headers);

    /// <summary>Posts tasks, one a line, and gives the ids of those that were taken, in order.</summary>
    public async Task<IReadOnlyList<string>> PostLinesAsync(string lines)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/tasks");
        request.Headers.TryAddWithoutValidation("authorization", Key);
        request.Headers.TryAddWithoutValidation("x-wr-auth", WorkerKey);
        request.Content = new StringContent(lines, Encoding.UTF8, "application/x-ndjson");
        using var response = await _http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        if (!response.IsSuccessStatusCode)
            throw new TrialException($"POST /tasks answered {(int)response.StatusCode}: {text}");
        var ids = new List<string>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (JsonElement.Parse(line).TryGetProperty("taskId", out var id))
                ids.Add(id.GetString()!);
        }

        return ids;
    }

    /// <summary>A task with its result.</summary>
    public Task<Answer> GetTaskAsync(string id, string wait = "")
        => SendAsync(HttpMethod.Get, $"/task/{id}{(wait.Length > 0 ? "?wait=" + wait : "")}");

    /// <summary>True while it says that it is ready; false while it does not or cannot be reached.</summary>
    public async Task<bool> IsReadyAsync()
        => (await SendAsync(HttpMethod.Get, "/health")).Status == (int)HttpStatusCode.OK;

    /// <summary>Workers that take tasks.</summary>
    public async Task<int> ReadyWorkersAsync()
    {
        var answer = await SendAsync(HttpMethod.Get, "/health");
        return answer.Json.TryGetProperty("workers", out var workers)
            ? workers.EnumerateArray().Count(static worker => worker.GetProperty("status").ValueEquals("ready"))
            : 0;
    }

    /// <summary>Tasks that have not ended, and deliveries that wait.</summary>
    public async Task<long> UnfinishedAsync()
    {
        var queues = await SendAsync(HttpMethod.Get, "/queues");
        if (!queues.IsGood)
            throw new HttpRequestException($"GET /queues answered {queues.Status}: {queues.Body}");
        var open = queues.Json.GetProperty("queues").EnumerateArray().Sum(static queue =>
            OpenStates.Sum(state => queue.GetProperty("counts").GetProperty(state).GetInt64()));
        var deliveries = await SendAsync(HttpMethod.Get, "/tasks?webhook=pending&limit=1000");
        return open + deliveries.Json.GetProperty("tasks").GetArrayLength();
    }

    /// <summary>All tasks, page by page.</summary>
    public async Task<Dictionary<string, SeenTask>> ListAsync()
    {
        var all = new Dictionary<string, SeenTask>(StringComparer.Ordinal);
        string? cursor = null;
        do
        {
            var from = cursor is null ? "" : "&cursor=" + Uri.EscapeDataString(cursor);
            var page = await SendAsync(HttpMethod.Get, "/tasks?limit=1000" + from);
            if (!page.IsGood)
                throw new TrialException($"GET /tasks answered {page.Status}: {page.Body}");
            var json = page.Json;
            foreach (var task in json.GetProperty("tasks").EnumerateArray())
            {
                var webhook = task.TryGetProperty("webhook", out var delivery)
                    && delivery.ValueKind == JsonValueKind.Object
                    ? delivery.GetProperty("state").GetString()
                    : null;
                all[task.GetProperty("taskId").GetString()!] = new SeenTask(
                    task.GetProperty("state").GetString()!, task.GetProperty("attempts").GetArrayLength(), webhook);
            }

            cursor = json.GetProperty("cursor").GetString();
        }
        while (cursor is not null);
        return all;
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();
}
