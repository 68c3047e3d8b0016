using ActorBalancer.Api.Hosting;
using ActorBalancer.Engine;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Api.Tasks;

/// <summary><c>GET /task/{id}</c>: a task with its result, at once or when it has ended. Thread-safe.</summary>
/// <param name="balancer">The engine.</param>
/// <param name="stopping">The server stops: whoever waits is answered with what there is.</param>
internal sealed class LookupEndpoint(IBalancer balancer, CancellationToken stopping)
{
    /// <summary>Answers one request.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        var wait = TimeSpan.Zero;
        var withResult = true;
        var error = TaskIds.Take(context, out var id) ?? WaitTime.Take(context.Request, out wait)
            ?? ResultWish.Take(context.Request, out withResult);
        if (error is not null)
        {
            await EdgeErrors.WriteAsync(context, error);
            return;
        }

        var lookup = await FindAsync(id, wait, context.RequestAborted);
        if (lookup.Task is { } task)
            await TaskDocument.WriteAsync(context.Response, task, withResult);
        else
            await EdgeErrors.WriteAsync(context, TaskIds.Missing(lookup.Kind));
    }

    private async ValueTask<TaskLookup> FindAsync(TaskId id, TimeSpan wait, CancellationToken clientGone)
    {
        if (wait == TimeSpan.Zero)
            return await balancer.FindAsync(id, wait, clientGone);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(clientGone, stopping);
        try
        {
            return await balancer.FindAsync(id, wait, stop.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return await balancer.FindAsync(id, TimeSpan.Zero, clientGone);
        }
    }
}
