using System.Text.Json;
using System.Text.Json.Nodes;
using ActorBalancer.Protocol;

namespace ActorBalancer.HelloWorker;

/// <summary>The worker's HTTP side.</summary>
internal sealed partial class WorkerEndpoints(
    HelloWorkerOptions options, WorkerState state, HelloFunctions functions, MemoryLog log, TaskLog? taskLog,
    ILogger logger)
{
    private readonly KeyCheck _authKey = new(options.AuthKey);
    private readonly KeyCheck _lbAuthKey = new(options.LbAuthKey);

    /// <summary>Adds the routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/task", RunTaskAsync);
        routes.MapGet("/health", HealthAsync);
        routes.MapGet("/logs", LogsAsync);
        routes.MapPost("/on", context => SwitchAsync(context, maintenance: false));
        routes.MapPost("/off", context => SwitchAsync(context, maintenance: true));
        routes.MapFallback(context => Answers.SendErrorAsync(context, StatusCodes.Status404NotFound, "Not found"));
    }

    private static Task UnauthorizedAsync(HttpContext context) =>
        Answers.SendErrorAsync(context, StatusCodes.Status401Unauthorized, "Unauthorized");

    private Task HealthAsync(HttpContext context)
    {
        if (!_lbAuthKey.Matches(context.Request.Headers["x-lb-auth"]))
            return UnauthorizedAsync(context);

        // Who looks after the worker is worth a line only where that can be one of several.
        if (CallOf(context) is { Node: not null } origin)
            taskLog?.Write("health", null, authorized: true, null, null, origin);
        return Answers.SendAsync(context, StatusCodes.Status200OK,
            JsonSerializer.SerializeToUtf8Bytes(state.Health(), ProtocolJson.Default.WorkerHealth));
    }

    private Task LogsAsync(HttpContext context) => _lbAuthKey.Matches(context.Request.Headers["x-lb-auth"])
        ? Answers.SendAsync(context, StatusCodes.Status200OK, new JsonObject
        {
            ["logs"] = new JsonArray([.. log.Lines.Select(line => JsonValue.Create(line))]),
        })
        : UnauthorizedAsync(context);

    private Task SwitchAsync(HttpContext context, bool maintenance)
    {
        if (!_authKey.Matches(context.Request.Headers.Authorization))
            return UnauthorizedAsync(context);
        state.Maintenance = maintenance;
        LogMaintenance(logger, maintenance ? "entered" : "left");
        return Answers.SendAsync(context, StatusCodes.Status200OK, new JsonObject { ["success"] = true });
    }

    private async Task RunTaskAsync(HttpContext context)
    {
        if (!_authKey.Matches(context.Request.Headers.Authorization))
        {
            taskLog?.Write("refused", "unauthorized", authorized: false, null, null, CallOf(context));
            await UnauthorizedAsync(context);
            return;
        }

        if (state.Maintenance)
        {
            await Answers.SendErrorAsync(context, StatusCodes.Status503ServiceUnavailable, "Worker is in maintenance");
            return;
        }

        JsonDocument json;
        try
        {
            json = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        }
        catch (JsonException)
        {
            await Answers.SendErrorAsync(context, StatusCodes.Status400BadRequest, "The body is not valid JSON");
            return;
        }
        catch (BadHttpRequestException exception)
        {
            await Answers.SendErrorAsync(context, exception.StatusCode, exception.Message);
            return;
        }

        using (json)
            await RunTaskAsync(context, json.RootElement);
    }

    private async Task RunTaskAsync(HttpContext context, JsonElement json)
    {
        if (Admit(json, out var fault) is not var (task, function))
        {
            await Answers.SendErrorAsync(context, fault.Status, fault.Text);
            return;
        }

        try
        {
            // A caller that leaves while its task waits takes it along; once it runs, it runs to its end.
            using var slot = await state.Slots.EnterAsync(task.Priority, context.RequestAborted);
            if (slot is null)
                await Answers.SendErrorAsync(context, StatusCodes.Status503ServiceUnavailable, "Too many tasks wait");
            else
                await RunInSlotAsync(context, function, new FunctionCall(task.Input, TaskId(context)), slot);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            LogCallerLeft(logger, function.Name);
        }
    }

    // Null when the task cannot run; then the fault says what to answer.
    private Admitted? Admit(JsonElement json, out (int Status, string Text) fault)
    {
        fault = (StatusCodes.Status400BadRequest, "The body holds text that is not Unicode");
        try
        {
            if (TaskBody.Read(json, options, out var misread) is not { } task)
                fault.Text = misread!;
            else if (functions.Find(task.Function) is not { } function)
                fault = (StatusCodes.Status404NotFound, "The function is unknown");
            else if (ParameterRule.Check(function.Parameters, task.Input) is { } wrong)
                fault.Text = wrong;
            else
                return new Admitted(task, function);
        }
        catch (InvalidOperationException)
        {
            // The fault is set already: the reader found half a surrogate pair.
        }

        return null;
    }

    private async Task RunInSlotAsync(HttpContext context, WorkerFunctionDefinition function, FunctionCall call,
        IDisposable slot)
    {
        taskLog?.Write("started", null, authorized: true, function.Name, call, CallOf(context));
        if (function.StreamAsync is not null)
        {
            var streamed = await StreamAsync(context, function, call, slot);
            taskLog?.Write("ended", streamed, authorized: true, function.Name, call, CallOf(context));
            LogEnded(logger, function.Name, streamed);
            return;
        }

        var (outcome, status, answer) = await RunAsync(function, call);
        taskLog?.Write("ended", outcome, authorized: true, function.Name, call, CallOf(context));
        LogEnded(logger, function.Name, outcome);
        // Free before the answer, so that who has the answer also finds the slot free.
        slot.Dispose();
        await Answers.SendAsync(context, status, answer);
    }

    // An answer that is not whole must not look so: the connection breaks.
    private async Task<string> StreamAsync(
        HttpContext context, WorkerFunctionDefinition function, FunctionCall call, IDisposable slot)
    {
        using var limit = new CancellationTokenSource(options.FunctionTimeout, options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, context.RequestAborted);
        try
        {
            context.Response.ContentType = "text/plain; charset=utf-8";
            await function.StreamAsync!(call, context.Response.Body, either.Token);
            slot.Dispose();
            await context.Response.CompleteAsync();
            return "done";
        }
        catch (Exception exception) when (exception is OperationCanceledException or FunctionFailedException
            or IOException)
        {
            var outcome = context.RequestAborted.IsCancellationRequested ? "caller left"
                : exception is FunctionFailedException ? "failed" : "timed out";
            slot.Dispose();
            context.Abort();
            return outcome;
        }
    }

    private async Task<(string Outcome, int Status, JsonObject Answer)> RunAsync(
        WorkerFunctionDefinition function, FunctionCall call)
    {
        using var limit = new CancellationTokenSource(options.FunctionTimeout, options.Time);
        try
        {
            var result = await function.RunAsync(call, limit.Token);
            return ("done", StatusCodes.Status200OK, new JsonObject { ["success"] = true, ["result"] = result });
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            var most = options.FunctionTimeout.TotalMilliseconds;
            return Failed("timed out", $"Function '{function.Name}' ran longer than {most} ms");
        }
        catch (FunctionFailedException exception)
        {
            return Failed("failed", exception.Message);
        }
        catch (Exception exception)
        {
            LogFault(logger, function.Name, exception);
            return Failed("failed", $"Function '{function.Name}' failed");
        }
    }

    private static (string Outcome, int Status, JsonObject Answer) Failed(string outcome, string error) =>
        (outcome, StatusCodes.Status500InternalServerError,
            new JsonObject { ["success"] = false, ["error"] = error });

    private static string? TaskId(HttpContext context) => One(context, "x-task-id");

    private static CallOrigin CallOf(HttpContext context) =>
        new(One(context, "x-task-attempt"), One(context, "x-lb-node"));

    private static string? One(HttpContext context, string name) =>
        context.Request.Headers[name] is [{ Length: > 0 } value] ? value : null;

    private sealed record Admitted(TaskBody Task, WorkerFunctionDefinition Function);

    [LoggerMessage(1, LogLevel.Information, "Function '{Function}': {Outcome}")]
    private static partial void LogEnded(ILogger logger, string function, string outcome);

    [LoggerMessage(2, LogLevel.Warning, "Function '{Function}': the caller left before it had a slot")]
    private static partial void LogCallerLeft(ILogger logger, string function);

    [LoggerMessage(3, LogLevel.Error, "Function '{Function}' failed by a fault of its own")]
    private static partial void LogFault(ILogger logger, string function, Exception exception);

    [LoggerMessage(4, LogLevel.Information, "The worker {Change} maintenance")]
    private static partial void LogMaintenance(ILogger logger, string change);
}
