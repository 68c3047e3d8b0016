using ActorBalancer.Api.Health;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Api.Tasks;
using ActorBalancer.Engine;
using ActorBalancer.Engine.Workers;
using WorkerJson = ActorBalancer.Api.Health.WorkerJson;

namespace ActorBalancer.Api.Operations;

/// <summary><c>GET /workers</c> and what lies below it. Only workers that the fleet knows are ever called: a URL in a
/// request leads nowhere by itself. Thread-safe.</summary>
internal sealed class WorkersEndpoint(BalancerEngine engine)
{
    private static readonly EdgeError Unknown = new(
        404, "worker_unknown", "There is no worker of this id; GET /workers lists them.");

    private static readonly EdgeError KeyMissing = new(
        409,
        "worker_key_missing",
        "The worker's own key is not in this node's workers file; name it there, or send it as 'x-wr-auth'.")
    {
        Member = TaskHeaders.WorkerKeyName,
    };

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
    public Task ShowAsync(HttpContext context) => UrlOf(context) is { } url && engine.FindWorker(url) is { } worker
        ? AnswerAsync(context, worker)
        : EdgeErrors.WriteAsync(context, Unknown);

    /// <summary>The last lines of a worker's log.</summary>
    public async Task ShowLogsAsync(HttpContext context)
    {
        var answer = UrlOf(context) is { } url
            ? await engine.ReadWorkerLogsAsync(url, context.RequestAborted)
            : default;
        if (answer.Value is not { } lines)
        {
            await EdgeErrors.WriteAsync(context, ErrorOf(answer.Kind, answer.Error));
            return;
        }

        await JsonAnswer.WriteAsync(context.Response, StatusCodes.Status200OK, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("logs"u8);
            foreach (var line in lines)
                json.WriteStringValue(line);
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    /// <summary>Tells a worker to take tasks again, or none.</summary>
    public async Task SwitchAsync(HttpContext context, bool isOn)
    {
        if (TaskHeaders.TakeWorkerKey(context.Request.Headers, out var key) is { } error)
        {
            await EdgeErrors.WriteAsync(context, error);
            return;
        }

        await AnswerAsync(context, UrlOf(context) is { } url
            ? await engine.SwitchWorkerAsync(url, isOn, key, context.RequestAborted)
            : default);
    }

    /// <summary>Gives a worker no more tasks.</summary>
    public async Task DrainAsync(HttpContext context) => await AnswerAsync(
        context,
        UrlOf(context) is { } url ? await engine.DrainWorkerAsync(url, isDraining: true) : default);

    private static Task AnswerAsync(HttpContext context, in WorkerAnswer<WorkerSnapshot> answer) =>
        answer.Value is { } worker
            ? AnswerAsync(context, worker)
            : EdgeErrors.WriteAsync(context, ErrorOf(answer.Kind, answer.Error));

    private static Task AnswerAsync(HttpContext context, WorkerSnapshot worker) => JsonAnswer.WriteAsync(
        context.Response, StatusCodes.Status200OK, json => WorkersJson.Write(json, worker));

    private static EdgeError ErrorOf(WorkerAnswerKind kind, string? error) => kind switch
    {
        WorkerAnswerKind.KeyMissing => KeyMissing,
        WorkerAnswerKind.Failed => new EdgeError(502, "worker_failed", error!),
        WorkerAnswerKind.TimedOut => new EdgeError(504, "worker_timed_out", error!),
        _ => Unknown,
    };

    private static string? UrlOf(HttpContext context) => WorkerId.Read(context.Request.RouteValues["id"] as string);
}
