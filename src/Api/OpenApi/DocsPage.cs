using System.IO.Compression;
using ActorBalancer.Api.Dashboard;
using Swashbuckle.AspNetCore.SwaggerUI;

namespace ActorBalancer.Api.OpenApi;

/// <summary>The files of the page that shows the description: two of our own, and Swagger UI from its package. They are
/// read when somebody asks for one first.</summary>
internal static class DocsPage
{
    private const string OwnRoot = "docs/";
    private const string PackageRoot = "Swashbuckle.AspNetCore.SwaggerUI.node_modules.swagger_ui_dist.";

    /// <summary>The files by name; the page itself has the name <c>index.html</c>.</summary>
    public static IReadOnlyDictionary<string, Lazy<WebFile>> Files { get; } =
        new Dictionary<string, Lazy<WebFile>>(StringComparer.Ordinal)
        {
            ["index.html"] = new(static () => Own("index.html", "text/html; charset=utf-8")),
            ["init.js"] = new(static () => Own("init.js", "text/javascript; charset=utf-8")),
            ["swagger-ui.css"] = new(static () => OfPackage("swagger-ui.css", "text/css; charset=utf-8")),
            ["swagger-ui-bundle.js"] = new(static () =>
                OfPackage("swagger-ui-bundle.js", "text/javascript; charset=utf-8")),
            ["LICENSE"] = new(static () => OfPackage("LICENSE", "text/plain; charset=utf-8")),
            ["NOTICE"] = new(static () => OfPackage("NOTICE", "text/plain; charset=utf-8")),
        };

    private static WebFile Own(string name, string type) =>
        new(Read(typeof(DocsPage), OwnRoot + name), type);

    private static WebFile OfPackage(string name, string type)
    {
        var content = Read(typeof(SwaggerUIOptions), PackageRoot + name);

        // The package carries them compressed.
        if (content is not [0x1f, 0x8b, ..])
            return new WebFile(content, type);
        using var plain = new MemoryStream();
        using (var gzip = new GZipStream(new MemoryStream(content), CompressionMode.Decompress))
            gzip.CopyTo(plain);
        return new WebFile(plain.ToArray(), type);
    }

    private static byte[] Read(Type owner, string resource)
    {
        using var stream = owner.Assembly.GetManifestResourceStream(resource)
            ?? throw new FileNotFoundException($"The program was built without its file {resource}.");
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
