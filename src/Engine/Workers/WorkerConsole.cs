using System.Globalization;
using System.Net;
using System.Text.Json;

namespace ActorBalancer.Engine.Workers;

/// <summary>
/// Asks of workers what only operators want: their logs, and to go on or off. Goes to the URLs that it is given, which
/// are those of the fleet and never of a request. Thread-safe.
/// </summary>
internal sealed class WorkerConsole(EngineContext engine)
{
    /// <summary>Most lines of a worker's log; of more the last ones count.</summary>
    public const int LinesMax = 10_000;

    private const int LogBytesMax = 4 * 1024 * 1024;
    private const int AnswerBytesMax = 64 * 1024;

    /// <summary>Longest wait for an answer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>The worker's last lines, oldest first.</summary>
    public Task<WorkerAnswer<IReadOnlyList<string>>> ReadLogsAsync(string url, CancellationToken cancellationToken) =>
        AskAsync(
            HttpMethod.Get, url, "logs", ("x-lb-auth", engine.Options.BalancerKey), LogBytesMax, ReadLines,
            cancellationToken);

    /// <summary>Tells the worker to take tasks again, or none any more.</summary>
    /// <returns>The word that it was told, when it has answered well.</returns>
    public Task<WorkerAnswer<string>> SwitchAsync(
        string url, bool isOn, string workerKey, CancellationToken cancellationToken)
    {
        var word = isOn ? "on" : "off";
        return AskAsync(
            HttpMethod.Post, url, word, ("authorization", workerKey), AnswerBytesMax, _ => word, cancellationToken);
    }

    // What an answer says beyond its status is read by the given function, which throws JsonException when it cannot.
    private async Task<WorkerAnswer<T>> AskAsync<T>(
        HttpMethod method, string url, string word, (string Name, string Value) key, long bytesMax,
        Func<ReadOnlyMemory<byte>, T> read, CancellationToken cancellationToken)
        where T : class
    {
        var call = $"{method} /{word}";
        using var timeout = new CancellationTokenSource(Patience, engine.Clock.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(method, new Uri($"{url}/{word}"));
            request.Headers.TryAddWithoutValidation(key.Name, key.Value);
            if (engine.Transport.NodeId is { } node)
                request.Headers.TryAddWithoutValidation("x-lb-node", node);
            using var response = await engine.Transport.Invoker.SendAsync(request, either.Token);
            var status = (int)response.StatusCode;
            if (status is < 200 or >= 300)
                return Fault<T>(WorkerAnswerKind.Failed, Refusal(call, response.StatusCode));
            using var reply = await WorkerTransport.ReadAsync(response, bytesMax, either.Token);
            return new WorkerAnswer<T>(WorkerAnswerKind.Done, read(reply.Body), null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            var seconds = Patience.TotalSeconds.ToString(CultureInfo.InvariantCulture);
            return Fault<T>(WorkerAnswerKind.TimedOut, $"The worker did not answer {call} within {seconds} s.");
        }
        catch (JsonException)
        {
            return Fault<T>(WorkerAnswerKind.Failed, $"The worker answered {call} with something else than its log.");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException
            or InvalidOperationException or FormatException)
        {
            return Fault<T>(
                WorkerAnswerKind.Failed, $"{call} of the worker failed: {WorkerTransport.Describe(exception)}");
        }
    }

    private static WorkerAnswer<T> Fault<T>(WorkerAnswerKind kind, string error)
        where T : class => new(kind, null, error);

    private static string Refusal(string call, HttpStatusCode status) => status == HttpStatusCode.Unauthorized
        ? $"The worker refuses the key of {call} (401)."
        : $"The worker answered {call} with {(int)status}.";

    private static IReadOnlyList<string> ReadLines(ReadOnlyMemory<byte> body)
    {
        using var document = JsonDocument.Parse(body);
        if (document.RootElement.ValueKind != JsonValueKind.Object
            || !document.RootElement.TryGetProperty("logs"u8, out var logs)
            || logs.ValueKind != JsonValueKind.Array)
        {
            throw new JsonException();
        }

        // What is no text is shown as the JSON that it is.
        var skipped = Math.Max(0, logs.GetArrayLength() - LinesMax);
        return
        [
            .. logs.EnumerateArray().Skip(skipped).Select(static line =>
                line.ValueKind == JsonValueKind.String ? line.GetString()! : line.GetRawText()),
        ];
    }
}
