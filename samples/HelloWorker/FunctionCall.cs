using System.Text.Json;

namespace ActorBalancer.HelloWorker;

/// <summary>A task whose function is known and whose input fits its schema.</summary>
/// <param name="Input">The parameters.</param>
/// <param name="TaskId">Header <c>x-task-id</c>; null when the balancer sent none.</param>
internal sealed record FunctionCall(JsonElement Input, string? TaskId)
{
    /// <summary>The optional parameter <c>id</c> that every function takes: a mark by which a test finds its task in
    /// the task log. Null when it was not sent.</summary>
    public string? Mark => Input.TryGetProperty("id", out var id) ? id.GetString() : null;
}
