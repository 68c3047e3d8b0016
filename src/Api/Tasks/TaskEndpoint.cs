using ActorBalancer.Api.Hosting;
using ActorBalancer.Engine;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Workers;

namespace ActorBalancer.Api.Tasks;

/// <summary><c>POST /task</c>: checks a task, has it run, and answers with what became of it. Thread-safe.</summary>
internal sealed class TaskEndpoint(IBalancer balancer, EdgeOptions options)
{
    private readonly NameCache _names = new();
    private readonly EdgeError _tooLarge = new(
        413, "body_too_large", $"The body is larger than the limit of {options.BodyBytesMax} bytes.")
    {
        CloseConnection = true,
    };

    /// <summary>Handles one task; its sender has shown the balancer's key.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        var error = TaskHeaders.TakeWorkerKey(context.Request.Headers, out var workerKey)
            ?? TaskHeaders.CheckContent(context)
            ?? (context.Request.ContentLength > options.BodyBytesMax ? _tooLarge : null);
        if (error is not null)
        {
            await EdgeErrors.WriteAsync(context, error);
            return;
        }

        var body = await TaskBody.ReadAsync(context.Request.BodyReader, options.BodyBytesMax);
        if (body is null)
        {
            await EdgeErrors.WriteAsync(context, _tooLarge);
            return;
        }

        if (!TaskJson.TryRead(body, _names, out var head, out var fault))
        {
            await EdgeErrors.WriteAsync(
                context, new EdgeError(400, fault.Code, fault.Message) { Member = fault.Member });
            return;
        }

        error = CheckWorkerKey(head, workerKey) ?? CheckMode(head.Mode);
        if (error is not null)
        {
            await EdgeErrors.WriteAsync(context, error);
            return;
        }

        using var outcome = await balancer.RunAsync(new TaskRequest
        {
            Queue = new QueueKey(head.Group, head.Contract),
            Function = head.Function,
            Priority = head.Priority,
            Body = body,
            WorkerKey = workerKey,
        });
        await TaskAnswer.WriteAsync(context, outcome, options.RetryAfterDefault);
    }

    private EdgeError? CheckWorkerKey(in TaskHead head, string? workerKey)
    {
        if (workerKey is not null || AllHaveKeys(balancer.Fleet, head))
            return null;
        return new EdgeError(400, "header_missing",
            "Header 'x-wr-auth' is missing; it must carry the worker's key, since not every worker of this group and "
                + "contract has one in workers.json.")
        {
            Member = TaskHeaders.WorkerKeyName,
        };
    }

    private static bool AllHaveKeys(FleetSnapshot fleet, in TaskHead head)
    {
        var workers = fleet.Workers;
        var found = false;
        for (var i = 0; i < workers.Count; i++)
        {
            var worker = workers[i];
            if (worker.Health is not { } health || health.Contract != head.Contract || health.Group != head.Group)
                continue;
            if (!worker.HasKey)
                return false;
            found = true;
        }

        return found;
    }

    private static EdgeError? CheckMode(TaskMode mode) => mode == TaskMode.Sync
        ? null
        : new EdgeError(501, "mode_unsupported", $"Member 'mode' is \"{Name(mode)}\", which this version does not "
            + "offer yet; use \"sync\" or leave it out.")
        {
            Member = "mode",
        };

    private static string Name(TaskMode mode) => mode switch
    {
        TaskMode.Stream => "stream",
        TaskMode.Webhook => "webhook",
        _ => "async",
    };
}
