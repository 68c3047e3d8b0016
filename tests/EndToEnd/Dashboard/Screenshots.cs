namespace ActorBalancer.EndToEnd.Dashboard;

/// <summary>Where pictures of pages are kept.</summary>
internal static class Screenshots
{
    /// <summary>The folder: what the environment's SCREENSHOTS names, or <c>artifacts/screenshots</c> of the checkout.
    /// </summary>
    public static string Folder { get; } =
        Directory.CreateDirectory(Environment.GetEnvironmentVariable("SCREENSHOTS") is { Length: > 0 } named
            ? named
            : Path.Combine(Checkout.Root, "artifacts", "screenshots")).FullName;
}
