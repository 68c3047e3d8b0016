using System.Globalization;
using System.Text.Json.Nodes;

namespace ActorBalancer.HelloWorker;

/// <summary>Writes what happened to each task into a file, one JSON object a line, in the operating system's hands
/// before the call returns: it survives the death of the process. Thread-safe; one process a file.</summary>
internal sealed class TaskLog(string path, TimeProvider time) : IDisposable
{
    private readonly Lock _lock = new();

    // No buffer: each write is the whole line, so a killed process leaves no half of one.
    private readonly FileStream _file = new(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);

    /// <summary>Adds a line.</summary>
    /// <param name="what"><c>started</c>, <c>ended</c> or <c>refused</c>; <c>health</c> for a look by a node of a
    /// cluster.</param>
    /// <param name="outcome">How it ended, or why it was refused; null when it started.</param>
    /// <param name="authorized">Whether the task's key was right; the key itself is never written.</param>
    /// <param name="function">The function; null when the task was not read.</param>
    /// <param name="call">The call; null when the task was not read.</param>
    /// <param name="origin">What the balancer said of the call.</param>
    public void Write(string what, string? outcome, bool authorized, string? function, FunctionCall? call,
        CallOrigin origin)
    {
        var line = new JsonObject
        {
            ["time"] = time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture),
            ["event"] = what,
            ["outcome"] = outcome,
            ["function"] = function,
            ["id"] = call?.Mark,
            ["taskId"] = call?.TaskId,
            ["attempt"] = origin.Attempt,
            ["node"] = origin.Node,
            ["authorized"] = authorized,
        };
        var bytes = Answers.ToBytes(line, newLine: true);
        lock (_lock)
        {
            _file.Write(bytes);
            _file.Flush();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}

/// <summary>What the balancer said of a call.</summary>
/// <param name="Attempt">Header <c>x-task-attempt</c>; null when it sent none.</param>
/// <param name="Node">Header <c>x-lb-node</c>, the calling node of a cluster; null when it sent none.</param>
internal readonly record struct CallOrigin(string? Attempt, string? Node);
