using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Workers;

namespace ActorBalancer.Engine;

/// <summary>The engine as its doors see it. Thread-safe.</summary>
public interface IBalancer
{
    /// <summary>Runs a task and waits for its end.</summary>
    /// <param name="request">The task.</param>
    /// <returns>Exactly one outcome, at the latest when the task's time has run out. The caller disposes it.</returns>
    ValueTask<TaskOutcome> RunAsync(TaskRequest request);

    /// <summary>The workers as they are known now. An immutable snapshot, read without a lock.</summary>
    FleetSnapshot Fleet { get; }

    /// <summary>True when the engine runs and its store works.</summary>
    bool IsReady { get; }

    /// <summary>State of what the engine depends on by name (such as <c>sqlite</c>): <c>ready</c> or
    /// <c>unreachable</c>.</summary>
    IReadOnlyDictionary<string, string> Services { get; }
}
