using ActorBalancer.Api.Health;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Engine;

namespace ActorBalancer.Api.Tasks;

/// <summary><c>GET /tasks</c>: tasks, newest first, in pages. Thread-safe.</summary>
internal sealed class ListEndpoint(IBalancer balancer)
{
    /// <summary>Answers one request.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        if (TaskQuery.TakePage(context.Request.Query, out var query) is { } error)
        {
            await EdgeErrors.WriteAsync(context, error);
            return;
        }

        var page = await balancer.ListAsync(query.Filter, query.Before, query.Limit);
        await JsonAnswer.WriteAsync(context.Response, StatusCodes.Status200OK, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("tasks"u8);
            foreach (var task in page.Tasks)
                TaskDocument.Write(json, task);
            json.WriteEndArray();
            json.WriteString("cursor"u8, page.Next is { } next ? TaskQuery.CursorOf(next) : null);
            json.WriteEndObject();
        });
    }
}
