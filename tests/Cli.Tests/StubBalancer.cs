using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace ActorBalancer.Cli.Tests;

/// <summary>A small HTTP server of the test's own, on a free port of 127.0.0.1. It answers what it was told to.</summary>
internal sealed class StubBalancer : IAsyncDisposable
{
    public const string Key = "stub-key";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, StubAnswer> _answers = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<StubRequest> _requests = new();
    private readonly Task _accepting;

    public StubBalancer()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>What came, in order.</summary>
    public IReadOnlyList<StubRequest> Requests => [.. _requests];

    /// <summary>Lines such as <c>POST /tasks/retry?state=dead</c>.</summary>
    public IReadOnlyList<string> Calls => [.. _requests.Select(static request => $"{request.Method} {request.Target}")];

    /// <summary>Answers a request whose target begins so; of several the longest beginning counts.</summary>
    public StubBalancer On(string methodAndTarget, string json, int status = 200, string type = "application/json") =>
        On(methodAndTarget, new StubAnswer(status, type, json));

    public StubBalancer On(string methodAndTarget, StubAnswer answer)
    {
        _answers[methodAndTarget] = answer;
        return this;
    }

    /// <summary>Answers with an error as a balancer gives it.</summary>
    public StubBalancer Refuse(string methodAndTarget, int status, string code, string error) => On(
        methodAndTarget, JsonSerializer.Serialize(new Dictionary<string, string> { ["error"] = error, ["code"] = code }),
        status);

    /// <summary>Answers with events, and ends the stream.</summary>
    public StubBalancer Stream(string methodAndTarget, params (string Name, string Data)[] events) => On(
        methodAndTarget,
        string.Concat(events.Select(static each => $"event: {each.Name}\ndata: {each.Data}\n\n")),
        type: "text/event-stream");

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
        }
        catch (Exception fault) when (
            fault is OperationCanceledException or SocketException or InvalidOperationException)
        {
            // The test is over; a listener that stopped between two clients says InvalidOperationException.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                if (await StubRequest.ReadAsync(stream, _stop.Token) is not { } request)
                    return;
                _requests.Enqueue(request);
                var answer = Find($"{request.Method} {request.Target}");
                await answer.WriteAsync(stream, _stop.Token);
            }
            catch (Exception fault) when (fault is IOException or OperationCanceledException or SocketException)
            {
                // The client went, or the test is over.
            }
        }
    }

    private StubAnswer Find(string line)
    {
        var best = _answers.Keys.Where(key => line.StartsWith(key, StringComparison.Ordinal))
            .MaxBy(static key => key.Length);
        return best is not null
            ? _answers[best]
            : new StubAnswer(404, "application/json", """{"error":"There is nothing at this path.","code":"not_found"}""");
    }
}

/// <summary>An answer of the stub.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Type">Its content type.</param>
/// <param name="Body">Its body.</param>
/// <param name="IsHeldOpen">The connection stays open after the body, as that of a stream that goes on.</param>
internal sealed record StubAnswer(int Status, string Type, string Body, bool IsHeldOpen = false)
{
    public async Task WriteAsync(Stream stream, CancellationToken stop)
    {
        var body = Encoding.UTF8.GetBytes(Body);
        var length = IsHeldOpen ? "" : $"content-length: {body.Length}\r\n";
        var head = $"HTTP/1.1 {Status} X\r\ncontent-type: {Type}\r\n{length}connection: close\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head), stop);
        await stream.WriteAsync(body, stop);
        if (IsHeldOpen)
            await Task.Delay(Timeout.InfiniteTimeSpan, stop);
    }
}

/// <summary>A request as it came.</summary>
internal sealed record StubRequest(
    string Method, string Target, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public static async Task<StubRequest?> ReadAsync(Stream stream, CancellationToken stop)
    {
        var bytes = new List<byte>();
        var one = new byte[1];
        while (bytes.Count < 4 || !bytes[^4..].SequenceEqual("\r\n\r\n"u8.ToArray()))
        {
            if (await stream.ReadAsync(one, stop) == 0)
                return null;
            bytes.Add(one[0]);
        }

        var lines = Encoding.Latin1.GetString([.. bytes]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var first = lines[0].Split(' ');
        var headers = lines.Skip(1).Select(static line => line.Split(": ", 2))
            .ToDictionary(static pair => pair[0], static pair => pair[1], StringComparer.OrdinalIgnoreCase);
        var body = new byte[headers.TryGetValue("content-length", out var length) ? int.Parse(length) : 0];
        await stream.ReadExactlyAsync(body, stop);
        return new StubRequest(first[0], first[1], headers, Encoding.UTF8.GetString(body));
    }
}
