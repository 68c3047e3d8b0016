using ActorBalancer.Api.Hosting;
using ActorBalancer.Engine;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Api.Tasks;

/// <summary>Turns what a client sent into a task for the engine. Thread-safe.</summary>
internal sealed class TaskIntake(IBalancer balancer, EdgeOptions options)
{
    // What a task asks for that names its mode and nothing else, by mode; of webhooks there are no two alike. Shared,
    // so that a plain task makes none of its own.
    private static readonly TaskOptions?[] Plain =
        [TaskOptions.Default, new() { Mode = TaskMode.Stream }, null, new() { Mode = TaskMode.Async }];

    private readonly NameCache _names = new();

    /// <summary>The answer to a body that is too large.</summary>
    public EdgeError TooLarge { get; } = new(
        413, "body_too_large", $"The body is larger than the limit of {options.BodyBytesMax} bytes.")
    {
        CloseConnection = true,
    };

    /// <summary>Reads a request's body.</summary>
    /// <returns>The body; null when it is too large.</returns>
    public ValueTask<byte[]?> ReadBodyAsync(HttpRequest request) => request.ContentLength > options.BodyBytesMax
        ? new ValueTask<byte[]?>((byte[]?)null)
        : TaskBody.ReadAsync(request.BodyReader, options.BodyBytesMax);

    /// <summary>Reads and checks a task's JSON.</summary>
    /// <returns>Null when it may be run.</returns>
    public EdgeError? Read(ReadOnlySpan<byte> json, out TaskHead head) =>
        TaskJson.TryRead(json, _names, out head, out var fault)
            ? null
            : new EdgeError(400, fault.Code, fault.Message) { Member = fault.Member };

    /// <summary>Checks that the task has a worker's key, or needs none.</summary>
    public EdgeError? CheckWorkerKey(in TaskHead head, string? workerKey)
    {
        if (workerKey is not null || balancer.HasAllWorkerKeys(new QueueKey(head.Group, head.Contract)))
            return null;
        return new EdgeError(400, "header_missing",
            "Header 'x-wr-auth' is missing; it must carry the worker's key, since not every worker of this group and "
                + "contract has one in workers.json.")
        {
            Member = TaskHeaders.WorkerKeyName,
        };
    }

    /// <summary>Makes the task.</summary>
    /// <param name="head">Its members.</param>
    /// <param name="body">Its JSON; the task keeps the array.</param>
    /// <param name="mode">How its result reaches the sender, headers and all considered.</param>
    /// <param name="workerKey">The worker's key; null for none.</param>
    /// <param name="wishes">What the headers ask for.</param>
    /// <param name="mark">Its idempotency mark; null for none.</param>
    public static TaskRequest Make(
        in TaskHead head,
        byte[] body,
        TaskMode mode,
        string? workerKey,
        in TaskWishes wishes,
        IdempotencyMark? mark) => new()
        {
            Queue = new QueueKey(head.Group, head.Contract),
            Function = head.Function,
            Priority = head.Priority,
            Body = body,
            WorkerKey = workerKey,
            Options = Complete(head.Options ?? Plain[(int)mode]!, mode, wishes.TraceState, mark),
            DelayMilliseconds = head.DelayMilliseconds,
            RunAtMilliseconds = head.RunAtMilliseconds,
            TraceParent = wishes.TraceParent,
        };

    private static TaskOptions Complete(
        TaskOptions options, TaskMode mode, string? traceState, IdempotencyMark? mark) =>
        options.Mode == mode && traceState is null && mark is null
            ? options
            : options with { Mode = mode, TraceState = traceState, Idempotency = mark };
}
