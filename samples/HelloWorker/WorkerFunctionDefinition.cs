using System.Text.Json.Nodes;

namespace ActorBalancer.HelloWorker;

/// <summary>A function of the worker.</summary>
/// <param name="Name">The name that tasks call.</param>
/// <param name="Parameters">What its input may hold; anything else is refused.</param>
/// <param name="RunAsync">Runs it and gives the result. The token ends a run that took too long.</param>
internal sealed record WorkerFunctionDefinition(
    string Name,
    IReadOnlyList<ParameterRule> Parameters,
    Func<FunctionCall, CancellationToken, Task<JsonObject>> RunAsync);
