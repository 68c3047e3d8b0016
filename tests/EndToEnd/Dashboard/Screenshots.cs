using System.Diagnostics;

namespace ActorBalancer.EndToEnd.Dashboard;

/// <summary>Where pictures of pages are kept.</summary>
internal static class Screenshots
{
    /// <summary>The folder: what the environment's SCREENSHOTS names, or <c>artifacts/screenshots</c> of the checkout.
    /// </summary>
    public static string Folder { get; } =
        Directory.CreateDirectory(Environment.GetEnvironmentVariable("SCREENSHOTS") is { Length: > 0 } named
            ? named
            : Path.Combine(Root(), "artifacts", "screenshots")).FullName;

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ActorBalancer.sln")))
                return folder.FullName;
        }

        throw new UnreachableException("The tests do not run inside a checkout.");
    }
}
