using System.Collections.Concurrent;
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

    private static readonly ParameterRule Mark = new("id", "string", Required: false);

    private static readonly ParameterRule[] HelloParameters = [new("name", "string", Required: true), Mark];

    private static readonly ParameterRule[] SleepParameters =
        [new("ms", "number", Required: true) { Min = 0, Max = SleepMax }, Mark];

    private static readonly ParameterRule[] FailParameters =
        [new("times", "number", Required: true) { Min = 0, Max = int.MaxValue }, Mark];

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
        };
    }

    /// <summary>Names and schemas, as <c>/health</c> shows them.</summary>
    public static IReadOnlyList<WorkerFunction> Interface { get; } =
    [
        Describe("hello", HelloParameters),
        Describe("sleep", SleepParameters),
        Describe("fail", FailParameters),
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
