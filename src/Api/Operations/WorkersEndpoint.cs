using ActorBalancer.Api.Health;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Engine;
using ActorBalancer.Engine.Workers;
using WorkerJson = ActorBalancer.Api.Health.WorkerJson;

namespace ActorBalancer.Api.Operations;

/// <summary><c>GET /workers</c> and what lies below it. Thread-safe.</summary>
internal sealed class WorkersEndpoint(BalancerEngine engine)
{
    private static readonly EdgeError Unknown = new(
        404, "worker_unknown", "There is no worker of this id; GET /workers lists them.");

    /// <summary>All workers.</summary>
    public Task ListAsync(HttpContext context) => JsonAnswer.WriteAsync(
        context.Response, StatusCodes.Status200OK, json => WorkersJson.Write(json, engine));

    /// <summary>All workers as Andera's dashboard is told of them.</summary>
    public Task ListAsAnderaAsync(HttpContext context) => JsonAnswer.WriteAsync(
        context.Response,
        StatusCodes.Status200OK,
        json =>
        {
            var fleet = engine.Fleet;
            json.WriteStartObject();
            WorkerJson.WriteList(json, "workers"u8, fleet.Workers);
            WorkerJson.WriteList(json, "invalidWorkers"u8, fleet.InvalidWorkers);
            json.WriteEndObject();
        });

    /// <summary>One worker.</summary>
    public Task ShowAsync(HttpContext context) =>
        Find(context) is { } worker ? AnswerAsync(context, worker) : EdgeErrors.WriteAsync(context, Unknown);

    private static Task AnswerAsync(HttpContext context, WorkerSnapshot worker) => JsonAnswer.WriteAsync(
        context.Response, StatusCodes.Status200OK, json => WorkersJson.Write(json, worker));

    // Only what the fleet knows: a URL in the request never leads anywhere by itself.
    private WorkerSnapshot? Find(HttpContext context)
    {
        var url = WorkerId.Read(context.Request.RouteValues["id"] as string);
        return url is null ? null : engine.Workers.FirstOrDefault(worker => worker.Url == url);
    }
}
