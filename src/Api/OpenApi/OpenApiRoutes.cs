using System.Text.Encodings.Web;
using System.Text.Json;
using ActorBalancer.Api.Dashboard;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Api.Operations;

namespace ActorBalancer.Api.OpenApi;

/// <summary>The description of the HTTP interface.</summary>
internal static class OpenApiRoutes
{
    // As strict as that of the dashboard, but that Swagger UI makes markup from text, which trusted types forbid.
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        + "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    private static readonly JsonSerializerOptions Readable = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly Lazy<WebFile> Document = new(static () => new WebFile(
        JsonSerializer.SerializeToUtf8Bytes(DescriptionBuilder.Build(), Readable), EdgeErrors.JsonContentType));

    /// <summary>Adds them to the server.</summary>
    public static void Map(IEndpointRouteBuilder endpoints, OperationsParts parts)
    {
        var get = new EdgeRoute(RouteAccess.Public, HttpMethods.Get);
        endpoints.MapEdge("/openapi/v1.json", get, static context => Document.Value.SendAsync(context));
        endpoints.MapEdge("/docs", get, static context => SendAsync(context, "index.html"));
        endpoints.MapEdge("/docs/{file}", get, static context =>
            SendAsync(context, context.Request.RouteValues["file"] as string ?? ""));
    }

    private static Task SendAsync(HttpContext context, string name)
    {
        if (!DocsPage.Files.TryGetValue(name, out var file))
            return EdgeErrors.WriteAsync(context, EdgeErrors.NotFound);
        context.Response.OnStarting(() =>
        {
            context.Response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
            return Task.CompletedTask;
        });
        return file.Value.SendAsync(context);
    }
}
