using System.Buffers;
using ActorBalancer.Api.Health;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Api.Proxying.Control;
using ActorBalancer.Api.Security;

namespace ActorBalancer.Api.Dashboard;

/// <summary>Login, logout, and how long a session lasts.</summary>
/// <param name="keys">Checks the key.</param>
/// <param name="tokens">Makes and checks sessions.</param>
/// <param name="home">Where a login leads that names no other page.</param>
internal sealed class SessionEndpoints(KeyGuard keys, SessionTokens tokens, string home)
{
    /// <summary>Path of the login page.</summary>
    public const string LoginPath = "/dashboard/login";

    // Nothing else is in a path of ours, and nothing of it leads a browser to another host.
    private static readonly SearchValues<char> PathCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./?=&%");

    private readonly LoginPages _pages = LoginPages.Read();

    /// <summary>Where to log in, to come back to <paramref name="path"/> afterwards.</summary>
    public static string LoginFor(string path) => $"{LoginPath}?next={Uri.EscapeDataString(path)}";

    /// <summary><c>GET /dashboard/login</c>.</summary>
    public Task ShowAsync(HttpContext context) => _pages.Empty.SendAsync(context);

    /// <summary><c>POST /dashboard/login</c>: a session for the key.</summary>
    public async Task LogInAsync(HttpContext context)
    {
        var isJson = LoginForm.IsJson(context.Request);
        var (key, error) = await LoginForm.ReadKeyAsync(context.Request);
        context.Response.Headers.CacheControl = "no-store";
        error ??= keys.CheckOffered(key, context.Connection.RemoteIpAddress);
        if (error is not null)
        {
            await RefuseAsync(context, error, isJson);
            return;
        }

        SessionCookie.Set(context, tokens.Issue());
        if (isJson)
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        else
            SeeOther(context.Response, NextOf(context.Request));
    }

    /// <summary><c>POST /dashboard/logout</c>: the browser forgets its session.</summary>
    public static Task LogOutAsync(HttpContext context)
    {
        if (!RequestOrigin.IsOwn(context.Request))
            return EdgeErrors.WriteAsync(context, EdgeErrors.OriginForeign);
        SessionCookie.Clear(context);
        SeeOther(context.Response, LoginPath);
        return Task.CompletedTask;
    }

    /// <summary><c>GET /dashboard/session</c>: when the session ends; null for who came with the key.</summary>
    public Task DescribeAsync(HttpContext context)
    {
        var expiry = SessionCookie.Find(context.Request, tokens);
        return JsonAnswer.WriteAsync(context.Response, StatusCodes.Status200OK, json =>
        {
            json.WriteStartObject();
            StatusJson.WriteMoment(json, "expiresAt"u8, expiry);
            json.WriteEndObject();
        });
    }

    /// <summary>Sends a browser to another page of ours.</summary>
    public static void SeeOther(HttpResponse response, string path)
    {
        PageHeaders.Apply(response);
        response.StatusCode = StatusCodes.Status303SeeOther;
        response.Headers.CacheControl = "no-store";
        response.Headers.Location = path;
    }

    private Task RefuseAsync(HttpContext context, EdgeError error, bool isJson)
    {
        if (isJson || error.Status is not (401 or 429))
            return EdgeErrors.WriteAsync(context, error);
        if (error.RetryAfterSeconds is { } seconds)
            context.Response.Headers.RetryAfter = seconds.ToString(null, null);
        return (error.Status == 429 ? _pages.TooMany : _pages.WrongKey).SendAsync(context, error.Status);
    }

    private string NextOf(HttpRequest request)
    {
        if (request.Query["next"] is not [{ Length: <= 256 } next] || next.AsSpan().ContainsAnyExcept(PathCharacters))
            return home;
        var query = next.IndexOf('?', StringComparison.Ordinal);
        var path = query < 0 ? next : next[..query];
        return path is "/dashboard" or "/bull" or "/docs" || path.StartsWith("/dashboard/", StringComparison.Ordinal)
            ? next
            : home;
    }
}
