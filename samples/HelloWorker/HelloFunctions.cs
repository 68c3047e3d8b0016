using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using ActorBalancer.Protocol;

namespace ActorBalancer.HelloWorker;

/// <summary>The functions that this worker offers. Thread-safe.</summary>
internal sealed class HelloFunctions
{
    /// <summary>Most ids whose failures are counted; when one more comes, all counts start anew.</summary>
    private const int CountedIdsMax = 100_000;

    /// <summary>Longest sleep in milliseconds: a day.</summary>
    private const int SleepMax = 86_400_000;

    /// <summary>Largest chunk of a stream in bytes.</summary>
    private const int ChunkBytesMax = 1024 * 1024;

    private static readonly ParameterRule Mark = new("id", "string", Required: false);

    private static readonly ParameterRule[] HelloParameters = [new("name", "string", Required: true), Mark];

    private static readonly ParameterRule[] SleepParameters =
        [new("ms", "number", Required: true) { Min = 0, Max = SleepMax }, Mark];

    private static readonly ParameterRule[] FailParameters =
        [new("times", "number", Required: true) { Min = 0, Max = int.MaxValue }, Mark];

    private static readonly ParameterRule[] StreamParameters =
    [
        new("chunks", "number", Required: true) { Min = 0, Max = int.MaxValue },
        new("bytes", "number", Required: true) { Min = 1, Max = ChunkBytesMax },
        new("delay", "number", Required: false) { Min = 0, Max = SleepMax },
        new("failAfter", "number", Required: false) { Min = 0, Max = int.MaxValue },
        Mark,
    ];

    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, int> _calls = new(StringComparer.Ordinal);
    private readonly Dictionary<string, WorkerFunctionDefinition> _functions;

    public HelloFunctions(TimeProvider time)
    {
        _time = time;
        _functions = new Dictionary<string, WorkerFunctionDefinition>(StringComparer.Ordinal)
        {
            ["hello"] = new("hello", HelloParameters, (call, _) => Task.FromResult(Hello(call))),
            ["sleep"] = new("sleep", SleepParameters, SleepAsync),
            ["fail"] = new("fail", FailParameters, (call, _) => Task.FromResult(Fail(call))),
            ["stream"] = new("stream", StreamParameters, (_, _) => throw new UnreachableException())
            {
                StreamAsync = StreamAsync,
            },
        };
    }

    /// <summary>Names and schemas, as <c>/health</c> shows them.</summary>
    public static IReadOnlyList<WorkerFunction> Interface { get; } =
    [
        Describe("hello", HelloParameters),
        Describe("sleep", SleepParameters),
        Describe("fail", FailParameters),
        Describe("stream", StreamParameters),
    ];

    /// <summary>The function of that name; null when there is none.</summary>
    public WorkerFunctionDefinition? Find(string name) => _functions.GetValueOrDefault(name);

    private static WorkerFunction Describe(string name, ParameterRule[] parameters)
    {
        var schema = new JsonObject(parameters.Select(rule => KeyValuePair.Create<string, JsonNode?>(rule.Name,
            rule.ToJson())));
        return new WorkerFunction(name, JsonSerializer.SerializeToElement(schema));
    }

    private static JsonObject Hello(FunctionCall call) =>
        new() { ["message"] = $"Hello {call.Input.GetProperty("name").GetString()}!" };

    private async Task<JsonObject> SleepAsync(FunctionCall call, CancellationToken cancellationToken)
    {
        var milliseconds = call.Input.GetProperty("ms").GetDouble();
        await Task.Delay(TimeSpan.FromMilliseconds(milliseconds), _time, cancellationToken);
        return new JsonObject { ["slept"] = milliseconds };
    }

    // Chunk n is the letter of the alphabet at n modulo 26, so that a reader can tell where it is. The delay, in
    // milliseconds, is before each chunk; when failAfter chunks are sent, the connection breaks.
    private async Task StreamAsync(FunctionCall call, Stream output, CancellationToken cancellationToken)
    {
        var chunks = (int)call.Input.GetProperty("chunks").GetDouble();
        var chunk = new byte[(int)call.Input.GetProperty("bytes").GetDouble()];
        var delay = call.Input.TryGetProperty("delay", out var milliseconds) ? milliseconds.GetDouble() : 0;
        var failAfter = call.Input.TryGetProperty("failAfter", out var count) ? count.GetDouble() : double.MaxValue;
        for (var i = 0; i < chunks && i < failAfter; i++)
        {
            if (delay > 0)
                await Task.Delay(TimeSpan.FromMilliseconds(delay), _time, cancellationToken);
            chunk.AsSpan().Fill((byte)('a' + (i % 26)));
            await output.WriteAsync(chunk, cancellationToken);
            await output.FlushAsync(cancellationToken);
        }

        if (chunks >= failAfter)
            throw new FunctionFailedException($"Breaks off after {failAfter} chunks as ordered");
    }

    // Fails the first calls of an id, so that a caller can watch a retry succeed.
    private JsonObject Fail(FunctionCall call)
    {
        var id = call.Mark ?? call.TaskId ?? "";
        if (_calls.Count >= CountedIdsMax)
            _calls.Clear();
        var calls = _calls.AddOrUpdate(id, 1, static (_, count) => count + 1);
        var times = call.Input.GetProperty("times").GetDouble();
        return calls > times
            ? new JsonObject { ["calls"] = calls }
            : throw new FunctionFailedException($"Call {calls} fails as ordered (times is {times})");
    }
}
