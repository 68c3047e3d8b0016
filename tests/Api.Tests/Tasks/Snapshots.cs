using System.Text;
using ActorBalancer.Api.Tests.Hosting;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Api.Tests.Tasks;

/// <summary>Tasks as the engine shows them.</summary>
internal static class Snapshots
{
    /// <summary>2026-01-02T03:04:05.678Z.</summary>
    public const long Moment = 1_767_323_045_678;

    public static TaskSnapshot Queued { get; } = new()
    {
        Id = ScriptedBalancer.Id,
        State = TaskState.Queued,
        Queue = new QueueKey("g/h", 3),
        Function = "f",
        Priority = 7,
        Mode = TaskMode.Async,
        CreatedAtMilliseconds = Moment,
    };

    public static TaskSnapshot Succeeded(string? answer) =>
        Succeeded(answer is null ? null : Encoding.UTF8.GetBytes(answer));

    public static TaskSnapshot Succeeded(byte[]? answer) => Queued with
    {
        State = TaskState.Succeeded,
        Tags = ["a", "é\"<"],
        DueAtMilliseconds = Moment + 1,
        StartedAtMilliseconds = Moment + 2,
        FinishedAtMilliseconds = Moment + 5,
        KeptUntilMilliseconds = Moment + 10,
        Attempts =
        [
            new AttemptRecord(1, "http://w1", Moment + 2, Moment + 3, "It's gone."),
            new AttemptRecord(2, "http://w2", Moment + 4, Moment + 5, null),
        ],
        Result = answer,
        WorkerStatus = 200,
    };
}
