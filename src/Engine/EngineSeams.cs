using ActorBalancer.Actors;
using ActorBalancer.Engine.Workers;

namespace ActorBalancer.Engine;

/// <summary>What a simulation puts in the place of the outside world; production uses none of it.</summary>
internal sealed record EngineSeams
{
    /// <summary>Nothing is replaced.</summary>
    public static EngineSeams None { get; } = new();

    /// <summary>Where actors take their turns; null for the thread pool.</summary>
    public Dispatcher? Dispatcher { get; init; }

    /// <summary>Answers the calls to workers; null for real sockets.</summary>
    public HttpMessageHandler? Workers { get; init; }

    /// <summary>The workers from the start to the end; null to read the workers file and to watch it, which is done by
    /// threads of the operating system.</summary>
    public IReadOnlyList<WorkerEntry>? Fleet { get; init; }
}
