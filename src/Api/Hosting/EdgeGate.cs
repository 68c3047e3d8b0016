using ActorBalancer.Actors;
using ActorBalancer.Api.Dashboard;
using ActorBalancer.Api.Security;
using ActorBalancer.Engine.Storage;
using Microsoft.AspNetCore.Connections;

namespace ActorBalancer.Api.Hosting;

/// <summary>
/// Stands between the router and the endpoints, for every request: unknown paths, unknown methods, keys and sessions,
/// and whatever goes wrong behind it. A route without an <see cref="EdgeRoute"/> is treated as one that needs the key.
/// </summary>
internal sealed class EdgeGate(KeyGuard keys, SessionTokens sessions, ILogger log)
{
    private static readonly object RightKey = new();
    private static readonly EdgeError StoreFails = new(
        503, "unavailable", "The balancer's store fails; its log says more. Nothing that it acknowledged is lost.")
    {
        RetryAfter = TimeSpan.FromSeconds(1),
    };

    private static readonly EdgeError NotInTime = new(
        503, "unavailable", "The balancer was too busy to answer in time; what was asked for may be done all the same.")
    {
        RetryAfter = TimeSpan.FromSeconds(1),
    };

    private static readonly EdgeRoute Unclassed = new(RouteAccess.BalancerKey);

    /// <summary>True when the request came with the right key, or a session, to a route with a public part.</summary>
    public static bool HasKey(HttpContext context) => context.Items.ContainsKey(RightKey);

    /// <summary>Handles one request; the endpoint was chosen before.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        // What we say is what it is called: no browser makes a page of an answer that says it is JSON.
        context.Response.Headers.XContentTypeOptions = "nosniff";
        try
        {
            if (Refuse(context) is { } error)
                await WriteRefusalAsync(context, error);
            else if (context.Request.Method != HttpMethods.Options)
                await next(context);
        }
        catch (Exception exception)
        {
            await FailAsync(context, exception);
        }
    }

    private EdgeError? Refuse(HttpContext context)
    {
        var method = context.Request.Method;
        var endpoint = context.GetEndpoint();
        if (endpoint is null)
        {
            return method == HttpMethods.Connect || method == HttpMethods.Trace
                ? NotAllowed(context, "")
                : EdgeErrors.NotFound;
        }

        var route = endpoint.Metadata.GetMetadata<EdgeRoute>() ?? Unclassed;
        var isOptions = method == HttpMethods.Options;
        if (!isOptions && !route.Knows(method))
            return NotAllowed(context, route.Allow);
        if (route.Access != RouteAccess.Public && CheckKey(context, route) is { } error)
            return error;
        if (isOptions)
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            context.Response.Headers.Allow = route.Allow;
        }

        return null;
    }

    // Who opens a page without a session gets the way to one.
    private static Task WriteRefusalAsync(HttpContext context, EdgeError error)
    {
        var request = context.Request;
        if (!ReferenceEquals(error, EdgeErrors.Unauthorized)
            || context.GetEndpoint()?.Metadata.GetMetadata<EdgeRoute>() is not { IsPage: true }
            || !request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase))
            return EdgeErrors.WriteAsync(context, error);
        SessionEndpoints.SeeOther(context.Response, SessionEndpoints.LoginFor(request.Path.Value ?? ""));
        return Task.CompletedTask;
    }

    private static EdgeError NotAllowed(HttpContext context, string allow)
    {
        context.Response.Headers.Allow = allow;
        return EdgeErrors.MethodNotAllowed;
    }

    private EdgeError? CheckKey(HttpContext context, EdgeRoute route)
    {
        if (keys.Check(context.Request.Headers, context.Connection.RemoteIpAddress, out var isRight) is { } error)
            return error;
        if (!isRight && SessionCookie.Find(context.Request, sessions) is not null)
        {
            if (!RequestOrigin.MayUseSession(context.Request))
                return EdgeErrors.OriginForeign;
            isRight = true;
        }

        if (!isRight)
            return route.Access == RouteAccess.PublicPart ? null : EdgeErrors.Unauthorized;
        if (route.Access == RouteAccess.PublicPart)
            context.Items[RightKey] = RightKey;
        return null;
    }

    private Task FailAsync(HttpContext context, Exception exception)
    {
        var response = context.Response;
        if (exception is BadHttpRequestException bad)
        {
            // The body broke off or its framing is wrong: Kestrel names the status (400, 408 or 413) and closes.
            return response.HasStarted ? Task.CompletedTask : EdgeErrors.WriteAsync(context, OfKestrel(bad.StatusCode));
        }

        if (exception is ConnectionResetException || context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to answer. Without this word Kestrel, if it has not yet seen the end itself, would go
            // on to drain the broken body and log its failure.
            context.Abort();
            return Task.CompletedTask;
        }

        if (exception is TaskStoreException && !response.HasStarted)
        {
            EdgeLog.StoreFailed(log, exception.Message);
            response.Clear();
            return EdgeErrors.WriteAsync(context, StoreFails);
        }

        if (exception is AskTimeoutException && !response.HasStarted)
        {
            EdgeLog.NotInTime(log, exception.Message);
            response.Clear();
            return EdgeErrors.WriteAsync(context, NotInTime);
        }

        EdgeLog.RequestFailed(log, exception.GetType().FullName, exception.StackTrace);
        if (response.HasStarted)
        {
            context.Abort();
            return Task.CompletedTask;
        }

        response.Clear();
        return EdgeErrors.WriteAsync(context, EdgeErrors.Internal);
    }

    // The rest of such a request cannot be told from the next one, so the connection ends with the answer.
    private static EdgeError OfKestrel(int status)
    {
        var (known, code, text) = status switch
        {
            StatusCodes.Status413PayloadTooLarge =>
                (status, "body_too_large", "The body is larger than this server reads."),
            StatusCodes.Status408RequestTimeout => (status, "body_too_slow", "The body came too slowly."),
            _ => (StatusCodes.Status400BadRequest, "body_broken", "The body's framing is broken."),
        };
        return new EdgeError(known, code, text) { CloseConnection = true };
    }
}
