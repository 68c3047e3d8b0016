using System.Diagnostics;

namespace ActorBalancer.EndToEnd;

/// <summary>The checkout that the tests were built in.</summary>
internal static class Checkout
{
    /// <summary>Its folder.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ActorBalancer.sln")))
                return folder.FullName;
        }

        throw new UnreachableException("The tests do not run inside a checkout.");
    }
}
