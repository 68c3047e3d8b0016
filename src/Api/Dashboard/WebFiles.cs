using System.Collections.Frozen;

namespace ActorBalancer.Api.Dashboard;

/// <summary>The files of <c>src/Api/wwwroot</c>. They travel inside the program, so that it finds them wherever it is
/// started, and are read once.</summary>
internal static class WebFiles
{
    private const string Root = "wwwroot/";

    private static readonly FrozenDictionary<string, string> Types = new Dictionary<string, string>
    {
        [".html"] = "text/html; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".json"] = "application/json; charset=utf-8",
        [".svg"] = "image/svg+xml",
        [".png"] = "image/png",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Reads the files below a folder.</summary>
    /// <param name="folder">Its path below the root, with a slash at the end.</param>
    /// <returns>The files by their paths below the folder; those count as they are written.</returns>
    public static FrozenDictionary<string, WebFile> ReadFolder(string folder)
    {
        var prefix = Root + folder;
        return typeof(WebFiles).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
            .ToFrozenDictionary(name => name[prefix.Length..], Open, StringComparer.Ordinal);
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">Its path below the root.</param>
    public static byte[] Read(string path) => ReadResource(Root + path);

    /// <summary>The media type of a file.</summary>
    /// <exception cref="NotSupportedException">Its kind is not in the table.</exception>
    public static string TypeOf(string path) =>
        Types.TryGetValue(Path.GetExtension(path), out var type)
            ? type
            : throw new NotSupportedException($"{path}: the media type of such files is not in the table of WebFiles.");

    private static WebFile Open(string resource) => new(ReadResource(resource), TypeOf(resource));

    private static byte[] ReadResource(string name)
    {
        using var stream = typeof(WebFiles).Assembly.GetManifestResourceStream(name)
            ?? throw new FileNotFoundException($"The program was built without its file {name}.");
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
