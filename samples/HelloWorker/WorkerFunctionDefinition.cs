using System.Text.Json.Nodes;

namespace ActorBalancer.HelloWorker;

/// <summary>A function of the worker.</summary>
/// <param name="Name">The name that tasks call.</param>
/// <param name="Parameters">What its input may hold; anything else is refused.</param>
/// <param name="RunAsync">Runs it and gives the result. The token ends a run that took too long.</param>
internal sealed record WorkerFunctionDefinition(
    string Name,
    IReadOnlyList<ParameterRule> Parameters,
    Func<FunctionCall, CancellationToken, Task<JsonObject>> RunAsync)
{
    /// <summary>Writes the answer as plain text bit by bit, in place of <see cref="RunAsync"/>; null for a function
    /// that
    /// gives a result. The token ends a run that took too long, or whose caller left.</summary>
    /// <remarks>A <see cref="FunctionFailedException"/> breaks the connection: what was sent can no longer be taken
    /// back.</remarks>
    public Func<FunctionCall, Stream, CancellationToken, Task>? StreamAsync { get; init; }
}
