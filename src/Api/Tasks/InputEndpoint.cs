using ActorBalancer.Api.Hosting;
using ActorBalancer.Engine;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Api.Tasks;

/// <summary><c>GET /task/{id}/input</c>: the body with which a task came. Thread-safe.</summary>
internal sealed class InputEndpoint(IBalancer balancer)
{
    private static readonly EdgeError Gone = new(
        410, "input_gone", "The task is there, but its input is not kept any more.");

    /// <summary>Answers one request.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        if (TaskIds.Take(context, out var id) is { } error)
        {
            await EdgeErrors.WriteAsync(context, error);
            return;
        }

        var input = await balancer.FindInputAsync(id);
        if (input.Body is not { } body)
        {
            await EdgeErrors.WriteAsync(
                context, input.Kind == TaskAnswerKind.Done ? Gone : TaskIds.Missing(input.Kind));
            return;
        }

        // It was JSON when it was taken.
        var response = context.Response;
        response.ContentType = EdgeErrors.JsonContentType;
        response.Headers.CacheControl = "no-store";
        response.ContentLength = body.Length;
        await response.BodyWriter.WriteAsync(body);
    }
}
