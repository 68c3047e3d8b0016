using System.Collections.Concurrent;
using ActorBalancer.Cli.Http;
using ActorBalancer.Cli.Output;

namespace ActorBalancer.Cli.Live;

/// <summary>A load of tasks, each sent when the one before it was answered. Runs once. Thread-safe.</summary>
/// <param name="client">Whom it loads.</param>
/// <param name="time">The clock.</param>
/// <param name="body">The task.</param>
/// <param name="workerKey">Key of the worker; null for none.</param>
internal sealed class BenchRun(BalancerClient client, TimeProvider time, byte[] body, string? workerKey)
{
    /// <summary>Rest of a connection after an error, so that a dead balancer is not hammered. Source: ours.</summary>
    private static readonly TimeSpan RestAfterError = TimeSpan.FromMilliseconds(50);

    private readonly (string, string?)[] _headers = [("x-wr-auth", workerKey)];
    private readonly ConcurrentDictionary<string, long> _errors = new(StringComparer.Ordinal);
    private long _start;
    private long _failed;

    /// <summary>Times of the answers that were good.</summary>
    public Latencies Times { get; } = new();

    /// <summary>How many were not.</summary>
    public long Failed => Volatile.Read(ref _failed);

    /// <summary>Errors by what they were.</summary>
    public IReadOnlyDictionary<string, long> Errors => _errors;

    /// <summary>How long it has run, or did run.</summary>
    public TimeSpan Elapsed { get; private set; }

    /// <summary>Good answers a second so far.</summary>
    public double Rate => Elapsed > TimeSpan.Zero ? Times.Count / Elapsed.TotalSeconds : 0;

    /// <summary>Loads until the token ends it; what is under way then does not count.</summary>
    /// <param name="connections">Requests at once.</param>
    /// <param name="end">Ends it.</param>
    public async Task RunAsync(int connections, CancellationToken end)
    {
        _start = time.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, connections)
            .Select(_ => Task.Run(() => LoadAsync(end), CancellationToken.None)));
        Elapsed = time.GetElapsedTime(_start);
    }

    /// <summary>Brings <see cref="Elapsed"/> up to date while it runs.</summary>
    public void Look() => Elapsed = time.GetElapsedTime(_start);

    private async Task LoadAsync(CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            var start = time.GetTimestamp();
            try
            {
                using var content = BalancerClient.JsonBody(body);
                var answer = await client.TryAsync(HttpMethod.Post, "/task", content, _headers, end);
                if (answer.IsSuccess)
                {
                    Times.Add(time.GetElapsedTime(start));
                    continue;
                }

                await FailAsync($"{answer.Status} {answer.Json.Text("code")}".TrimEnd(), end);
            }
            catch (Exception fault) when (fault is HttpRequestException or IOException)
            {
                await FailAsync(ConnectionFaults.Brief(fault), end);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task FailAsync(string error, CancellationToken end)
    {
        // Kinds of errors are few; a hostile server must not fill the memory with them.
        const int KindsMax = 50;
        var kind = _errors.Count < KindsMax || _errors.ContainsKey(error) ? error : "others";
        _errors.AddOrUpdate(kind, 1, static (_, count) => count + 1);
        Interlocked.Increment(ref _failed);
        try
        {
            await Task.Delay(RestAfterError, time, end);
        }
        catch (OperationCanceledException)
        {
            // The caller sees it too.
        }
    }
}
