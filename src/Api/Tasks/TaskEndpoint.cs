using ActorBalancer.Api.Health;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Engine;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Api.Tasks;

/// <summary><c>POST /task</c>: checks a task, has it run or kept, and answers with what became of it. Thread-safe.
/// </summary>
internal sealed class TaskEndpoint(IBalancer balancer, TaskIntake intake, EdgeOptions options)
{
    /// <summary>Handles one task; its sender has shown the balancer's key.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        var error = TaskHeaders.TakeWorkerKey(context.Request.Headers, out var workerKey)
            ?? TaskHeaders.CheckContent(context);
        if (error is not null)
        {
            await EdgeErrors.WriteAsync(context, error);
            return;
        }

        if (await intake.ReadBodyAsync(context.Request) is not { } body)
        {
            await EdgeErrors.WriteAsync(context, intake.TooLarge);
            return;
        }

        // Read behind the body, so that they need not be kept while it comes.
        error = TaskWishes.Take(context.Request.Headers, out var wishes);
        var head = default(TaskHead);
        error ??= intake.Read(body, out head) ?? CheckKey(head, wishes) ?? intake.CheckWorkerKey(head, workerKey);
        if (error is not null)
        {
            await EdgeErrors.WriteAsync(context, error);
            return;
        }

        var isTurned = wishes.Preferences.RespondAsync && head.Mode == TaskMode.Sync;
        var mode = isTurned ? TaskMode.Async : head.Mode;
        var mark = wishes.IdempotencyKey is { } key ? IdempotencyMarks.Of(key, body) : null;
        var request = TaskIntake.Make(head, body, mode, workerKey, wishes, mark);
        if (isTurned)
            context.Response.Headers[Preferences.AppliedName] = "respond-async";
        if (mode is TaskMode.Webhook or TaskMode.Async)
        {
            await SubmitAsync(context, request, wishes.Preferences.Wait ?? TimeSpan.Zero);
            return;
        }

        // A sync task goes on when its sender has gone: its answer may be wanted under its idempotency key. A stream
        // has no second reader.
        var stop = mode == TaskMode.Stream ? context.RequestAborted : CancellationToken.None;
        using var outcome = await balancer.RunAsync(request, stop);
        await TaskAnswer.WriteAsync(context, outcome, options.RetryAfterDefault);
    }

    // Nothing of a stream is kept that a repetition could be given.
    private static EdgeError? CheckKey(in TaskHead head, in TaskWishes wishes) =>
        head.Mode != TaskMode.Stream || wishes.IdempotencyKey is null
            ? null
            : new EdgeError(400, "header_invalid",
                $"Header '{TaskWishes.IdempotencyKeyName}' must be left out in mode \"stream\": a stream is not kept, "
                    + "so it cannot be given twice.")
            {
                Member = TaskWishes.IdempotencyKeyName,
            };

    private async Task SubmitAsync(HttpContext context, TaskRequest request, TimeSpan wait)
    {
        var (id, refusal) = (await balancer.SubmitAsync([request]))[0];
        if (refusal is not null)
        {
            using (refusal)
                await TaskAnswer.WriteAsync(context, refusal, options.RetryAfterDefault);
            return;
        }

        context.Response.Headers[TaskAnswer.TaskIdName] = id.ToString();
        context.Response.Headers.Location = $"/task/{id}";
        if (request.Options.Mode == TaskMode.Webhook)
        {
            await JsonAnswer.WriteAsync(context.Response, StatusCodes.Status200OK, json =>
            {
                json.WriteStartObject();
                json.WriteBoolean("success"u8, true);
                json.WriteString("message"u8, "Task accepted, result will be sent to webhook"u8);
                json.WriteString("taskId"u8, id.ToString());
                json.WriteEndObject();
            });
            return;
        }

        if (wait > TimeSpan.Zero
            && await balancer.FindAsync(id, wait, context.RequestAborted) is { Task: { } task }
            && TaskTransitions.IsFinal(task.State))
        {
            await TaskDocument.WriteAsync(context.Response, task);
            return;
        }

        await JsonAnswer.WriteAsync(context.Response, StatusCodes.Status202Accepted, json =>
        {
            json.WriteStartObject();
            json.WriteBoolean("success"u8, true);
            json.WriteString("taskId"u8, id.ToString());
            json.WriteString("state"u8, "queued"u8);
            json.WriteEndObject();
        });
    }
}
