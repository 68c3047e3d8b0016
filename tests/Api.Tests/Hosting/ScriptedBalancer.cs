using System.Collections.Concurrent;
using ActorBalancer.Engine;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Workers;

namespace ActorBalancer.Api.Tests.Hosting;

/// <summary>An engine that answers as the test says and remembers what it was asked.</summary>
internal sealed class ScriptedBalancer : IBalancer
{
    private readonly ConcurrentQueue<TaskRequest> _requests = new();

    /// <summary>What is answered; by default 200 with the body of the request.</summary>
    public Func<TaskRequest, ValueTask<TaskOutcome>> Script { get; set; } = Echo;

    public IReadOnlyCollection<TaskRequest> Requests => _requests;

    public FleetSnapshot Fleet { get; set; } = FleetSnapshot.Empty;

    public bool IsReady { get; set; } = true;

    public IReadOnlyDictionary<string, string> Services { get; set; } = new Dictionary<string, string>();

    public ValueTask<TaskOutcome> RunAsync(TaskRequest request)
    {
        _requests.Enqueue(request);
        return Script(request);
    }

    public static ValueTask<TaskOutcome> Echo(TaskRequest request) => new(new TaskOutcome
    {
        Kind = TaskOutcomeKind.Succeeded,
        WorkerStatus = 200,
        Reply = Replies.Of(request.Body, "application/json"),
    });
}
